#include "recorder.hpp"

#include <sndfile.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace callsim {
namespace {

struct CloseSoundFile {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};

switch_media_bug_flag_t flags_for(const std::string& mix) {
  if (strcasecmp(mix.c_str(), "stereo") == 0) {
    return SMBF_READ_STREAM | SMBF_WRITE_STREAM | SMBF_STEREO | SMBF_READ_PING;
  }
  if (strcasecmp(mix.c_str(), "mixed") == 0) {
    return SMBF_READ_STREAM | SMBF_WRITE_STREAM | SMBF_READ_PING;
  }
  return SMBF_READ_STREAM | SMBF_READ_PING;
}

}  // namespace

Recorder::Recorder(const std::string& call_uuid, const std::string& mix) {
  switch_core_session_t* session = switch_core_session_locate(call_uuid.c_str());
  if (session == nullptr) throw std::runtime_error("the call to record is over");
  switch_media_bug_t* bug = nullptr;
  const switch_status_t status = switch_core_media_bug_add(session, "callsim", "record", on_bug,
                                                           this, 0, flags_for(mix), &bug);
  switch_core_session_rwunlock(session);
  if (status != SWITCH_STATUS_SUCCESS) throw std::runtime_error("the call cannot be recorded");
}

switch_bool_t Recorder::on_bug(switch_media_bug_t* bug, void* self, switch_abc_type_t type) {
  if (type == SWITCH_ABC_TYPE_READ_PING) static_cast<Recorder*>(self)->read(bug);
  return SWITCH_TRUE;
}

void Recorder::read(switch_media_bug_t* bug) {
  // A stereo read writes twice what it checks the room for.
  std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE> room{};
  switch_frame_t frame{};
  frame.data = room.data();
  frame.buflen = sizeof room;
  // First whatever is there, padded, then what both sides have.
  switch_bool_t fill = SWITCH_FALSE;
  while (switch_core_media_bug_read(bug, &frame, fill) == SWITCH_STATUS_SUCCESS) {
    const std::lock_guard lock(mutex_);
    rate_ = frame.rate;
    channels_ = frame.channels;
    samples_.insert(samples_.end(), room.begin(),
                    room.begin() + frame.datalen / static_cast<std::uint32_t>(sizeof room[0]));
    fill = SWITCH_TRUE;
  }
}

void Recorder::save(const std::filesystem::path& file) const {
  const std::lock_guard lock(mutex_);
  SF_INFO info{};
  info.samplerate = static_cast<int>(rate_);
  info.channels = static_cast<int>(channels_);
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  const std::unique_ptr<SNDFILE, CloseSoundFile> sound(sf_open(file.c_str(), SFM_WRITE, &info));
  if (!sound) {
    throw std::runtime_error("cannot write " + file.string() + ": " + sf_strerror(nullptr));
  }
  const auto frames = static_cast<sf_count_t>(samples_.size() / channels_);
  if (sf_writef_short(sound.get(), samples_.data(), frames) != frames) {
    throw std::runtime_error("cannot write " + file.string() + ": " + sf_strerror(sound.get()));
  }
}

}  // namespace callsim
