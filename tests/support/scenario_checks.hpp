#pragma once

#include "scenario_play.hpp"

/// Checks of scenarios that those in scenario_play.hpp do not cover.
namespace test {

void check_deflate(const Play& play);
void check_deflate_broken(const Play& play);
void check_deflate_bomb(const Play& play);
void check_deflate_announced(const Play& play);
void check_deflate_continuation_marked(const Play& play);
void check_normal(const Play& play);
void check_slow_handshake(const Play& play);
void check_huge_header(const Play& play);
void check_many_headers(const Play& play);
void check_half_then_silence(const Play& play);
void check_half_then_close(const Play& play);
void check_reset_after_upgrade(const Play& play);
void check_text_in_same_segment(const Play& play);
void check_close_then_text(const Play& play);
void check_close_keeps_tcp(const Play& play);
void check_close_unanswered(const Play& play);
void check_close_answered_by_reset(const Play& play);
void check_close_after_binary(const Play& play);
void check_fragment_unfinished(const Play& play);
void check_cut_off(const Play& play);
void check_oversized_announced(const Play& play);
void check_ping_flood(const Play& play);
void check_byte_by_byte(const Play& play);
void check_binary(const Play& play);
void check_chatter(const Play& play);
void check_speaker(const Play& play);
void check_no_pong(const Play& play);
void check_never_reads(const Play& play);
void check_slow_reader(const Play& play);
void check_silent_after(const Play& play);

}  // namespace test
