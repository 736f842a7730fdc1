// Credentials of the AWS SDK's default chain (single sign-on, roles, web identity, containers, instances), by
// Arrow, which carries the SDK.
//
//   std::optional<S3Credentials> credentials = AskSdk(std::chrono::seconds(2));
//
// Its start costs about 30 ms once in a process; it is ended when the process exits. Threads: any.
#pragma once

#include <chrono>
#include <optional>

#include "io/s3/config.h"

namespace fruits::io {

// None: the chain has none, or no answer yet: an instance role's server is waited for at most `wait`, and
// asked on in an own thread, whose answer a later call gives. Renewed by the SDK before they expire.
std::optional<S3Credentials> AskSdk(std::chrono::milliseconds wait);
// What was found has expired: the next call starts a new chain, and gives none before that has answered.
void RestartSdkChain();

}  // namespace fruits::io
