// Ctrl-C, SIGTERM and SIGHUP as a stop token. The first asks the run to end with its ledger whole; another a
// second later, or 1.9 s, ends the process: complete parts are safe at any time.
#pragma once

#include <stop_token>
#include <string_view>

namespace fruits::cli {

inline constexpr std::string_view kGoesOn = "the same command goes on from what is stored";
inline constexpr std::string_view kStartsAnew = "the same command starts anew";

// Once in a process. `afterwards` is said where the process is ended: what to do then. It is a constant.
std::stop_token CatchStopSignals(std::string_view afterwards);

}  // namespace fruits::cli
