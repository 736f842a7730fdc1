// Ctrl-C, SIGTERM and SIGHUP as a stop token. The first asks the run to end with its ledger whole; another a
// second later, or 1.9 s, ends the process: complete parts are safe at any time.
#pragma once

#include <stop_token>

namespace fruits::cli {

// Once in a process.
std::stop_token CatchStopSignals();

}  // namespace fruits::cli
