// The right to write below a prefix, as one small object that is written by condition only (If-None-Match,
// If-Match), so that of two runs exactly one gets it:
//   {"holder", "run_id", "process", "taken", "renewed", "renewals", "expires_seconds"}
// Created where there is none, renewed by a thread, taken over by the ETag of an expired one, deleted at the
// end.
//
//   FRUITS_TRY(auto lease, TakeS3Lease(client, "bucket", "out/_run/lease.json", "s3://bucket/out", "host 7",
//   {})); FRUITS_CHECK(lease->Check());
//
// Times are the server's: an object's age is the server's clock (ClockOffset) minus its Last-Modified. One
// whose process is known to have died (process_mark.h) is expired at once.
//
// What remains of races: S3 has no conditional DELETE everywhere, so at the end the lease is looked at (Head)
// and then deleted, by an owner who has at least half of its time left. A DELETE that is delayed beyond that
// may remove the next run's lease; that run writes it again at its next renewal, by If-None-Match, and keeps
// it. Should a third run have taken it in between, the second one's Check() says so. Threads: S3Lease as
// Lease says. Memory: one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "fruits/io/folder.h"
#include "io/s3/client.h"

namespace fruits::io {

struct S3LeaseOptions {
  std::chrono::milliseconds renew_every{20'000};
  std::chrono::milliseconds expires_after{60'000};
  std::chrono::milliseconds clock_slack{2'000};  // Date and Last-Modified are whole seconds
};

// `address` is the folder's, for messages. kFailedPrecondition: another run holds it (who, since when), or
// the server does not do conditional writes; else S3Client's. A client that was stopped gives no lease back:
// it expires.
Result<std::unique_ptr<Lease>> TakeS3Lease(std::shared_ptr<S3Client> client, std::string bucket,
                                           std::string key, std::string address, std::string holder,
                                           const S3LeaseOptions& options);

// Who holds it, as given to TakeS3Lease(); none: nobody, or it is expired.
Result<std::optional<std::string>> S3LeaseHolder(S3Client& client, const std::string& bucket,
                                                 const std::string& key, const S3LeaseOptions& options);

}  // namespace fruits::io
