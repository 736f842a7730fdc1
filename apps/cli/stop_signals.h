// Ctrl-C and SIGTERM as a stop token. The first asks the run to end with its ledger whole; the second ends the process.
#pragma once

#include <stop_token>

namespace fruits::cli {

// Once in a process.
std::stop_token CatchStopSignals();

}  // namespace fruits::cli
