// A real S3 server for the tests: versitygw over a scratch folder, one for the whole test program.
//
//   FRUITS_REQUIRE_GATEWAY(gateway);                    // or the test is skipped
//   auto client = gateway.Client();
//
// $FRUITS_TEST_VERSITYGW names the program.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "io/s3/client.h"
#include "temp_dir.h"

namespace fruits::io::test {

class Gateway {
 public:
  // Null where $FRUITS_TEST_VERSITYGW is not set or it does not start.
  static Gateway* Get();
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  S3Config Config() const;  // with the right keys, retries of milliseconds
  std::shared_ptr<S3Client> Client() const;
  // A new, empty bucket.
  std::string MakeBucket() const;

 private:
  Gateway() = default;
  bool Start(const std::string& program);

  ::fruits::test::TempDir folder_;
  std::string endpoint_;
  int pid_ = -1;
};

int FreePort();

}  // namespace fruits::io::test

// Declares `gateway`, or skips the test saying what is missing.
#define FRUITS_REQUIRE_GATEWAY(gateway)                                                        \
  ::fruits::io::test::Gateway* const gateway##_found = ::fruits::io::test::Gateway::Get();     \
  if (!gateway##_found) GTEST_SKIP() << "no S3 server: set FRUITS_TEST_VERSITYGW to its path"; \
  ::fruits::io::test::Gateway& gateway = *gateway##_found
