// Ctrl-C and SIGTERM as a stop token. The first asks the run to end with its ledger whole; the second ends the process.
#pragma once

#include <stop_token>

namespace fruits::cli {

// Once, before any other thread is started: threads made later leave the signals to this one's.
std::stop_token CatchStopSignals();

}  // namespace fruits::cli
