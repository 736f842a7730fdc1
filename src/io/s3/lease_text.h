// The lease object's text.
//
//   const LeaseText text = LeaseText::Parse(bytes);
//
// Threads: a value type.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fruits::io {

struct LeaseText {
  std::string holder{};
  std::string run_id{};
  std::string process{};  // process_mark.h
  std::string taken{};    // "2026-11-23T09:29:14Z", by the server's clock, as is `renewed`
  std::string renewed{};
  std::int64_t renewals = 0;  // makes each text, and so each ETag, another
  double expires_seconds = 0;

  std::string ToJson() const;
  // What is no lease gives a holder that says so and expires after `default_seconds`.
  static LeaseText Parse(std::string_view json, double default_seconds);
};

std::string UtcText(std::chrono::system_clock::time_point time);

}  // namespace fruits::io
