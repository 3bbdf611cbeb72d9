// callsim --check.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace callsim {

/// Reads a file of dialects as the module does, and writes its dialects or its faults. The exit
/// code: 0 without a fault.
int check_dialects(const std::filesystem::path& file, std::ostream& out);

}  // namespace callsim
