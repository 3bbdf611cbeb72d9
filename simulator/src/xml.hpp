// The core's configuration files.
#pragma once

namespace simulator {
void forget_configuration_files();
}  // namespace simulator
