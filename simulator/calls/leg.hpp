// A call's machinery: its session, its two threads and what they wait for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "media_clock.hpp"
#include "media_io.hpp"
#include "paced.hpp"
#include "session_state.hpp"
#include "simulator/call.hpp"
#include "switch_thread.hpp"

namespace simulator {

class Call::Leg : public Endpoint, public Paced {
 public:
  explicit Leg(CallOptions options);
  ~Leg() override;
  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;

  bool bring_media_up() override;
  void on_hangup() override;
  void on_written(const switch_frame_t& frame) override;
  void on_encode() override;
  void on_read(const switch_frame_t& frame) override;

  // When a shared media thread drives it.
  void begin(Time now, double phase) override;
  [[nodiscard]] Time due() const override { return read.clock.due(); }
  void fetch(int step) const noexcept override;
  bool tick(PacketRoom& room) override;

  std::atomic<switch_core_session*> session{nullptr};  // near the beginning, for fetch()
  CallOptions options;
  std::string uuid;

  struct Task {
    std::function<void()> work;
    bool done = false;
    bool dropped = false;
  };

  /// One direction, with everything its thread waits for. The two share no mutex, so that
  /// ThreadSanitizer sees their callbacks as unordered as they are.
  struct Direction {
    explicit Direction(AudioSource from, double speed)
        : source(std::move(from)), yields(!source.is_none()), clock(speed) {}
    std::mutex source_mutex;  // taken inside the codec's lock
    AudioSource source;
    std::atomic<bool> yields;              // the source is not none(); written with source_mutex
    std::atomic<bool> interrupted{false};  // a hangup or tasks are to be seen; written with mutex
    std::unique_ptr<PacketRoom> room;      // of its thread, if it has one of its own
    MediaClock clock;

    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    bool hangup = false;
    std::uint64_t packets = 0;     // that carried something
    std::uint64_t ticks = 0;       // of the clock, whether or not there was a packet
    std::uint64_t granted = 0;     // ticks a manual clock may make
    bool ended = false;            // a finite source gave its last packet, and it passed the bugs
    std::uint64_t generation = 0;  // of the source
    std::deque<std::shared_ptr<Task>> tasks;  // for the session thread, which reads
  };
  Direction read;
  Direction write;

  std::mutex mutex;  // guards `over`
  std::condition_variable changed;
  bool over = false;

  std::mutex heard_mutex;
  std::function<void(const HeardFrame&)> heard;
  std::mutex encode_mutex;
  std::function<void()> encode;
  std::mutex said_mutex;
  std::function<void(const HeardFrame&)> said;
  std::atomic<bool> wants_encode{false};  // there is one; written with its mutex
  std::atomic<bool> wants_said{false};

  void replace_source(Direction& direction, AudioSource source);
  /// False when the call was over before the task could run.
  bool run_task(std::function<void()> work);

 private:
  [[nodiscard]] static bool media_flows(switch_core_session& session);
  [[nodiscard]] std::chrono::microseconds ptime(const Implementation& codec) const;
  [[nodiscard]] std::chrono::microseconds write_ptime(const Implementation& codec) const;
  /// Waits for the next tick, a hangup or a task. True: it is time for a packet.
  bool wait_for_tick(Direction& direction, std::unique_lock<std::mutex>& lock,
                     const Implementation& codec);
  /// What became of a tick.
  struct Tick {
    bool passed = false;           // there was a packet
    bool last = false;             // and it was the source's last
    std::uint64_t generation = 0;  // of that source, which may be replaced meanwhile
  };
  static void note(Direction& direction, const Tick& tick);
  static Supply supply(Direction& direction, Tick& tick);
  void run_task_in_turn(std::unique_lock<std::mutex>& lock);
  void drop_tasks();
  void run_session(switch_core_session& mine);
  void run_write(switch_core_session& mine);
  void read_one(switch_core_session& mine, PacketRoom& room);
  void write_one(switch_core_session& mine, PacketRoom& room);
  void end_session(switch_core_session& mine);

  // Last, so that they are joined before anything they use is gone. The write thread holds a read
  // lock on the session, as the other leg of a bridge does. None where a shared thread drives.
  std::unique_ptr<SwitchThread> session_thread_;
  std::unique_ptr<SwitchThread> write_thread_;
};

}  // namespace simulator
