// SHA-256, whole or piece by piece.
//
//   Sha256 hash;
//   hash.Update(bytes);
//   std::string hex = ToHex(hash.Finish());
//
// Threads: one writer per object. Memory: fixed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

using Sha256Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text) { Update(std::as_bytes(std::span(text.data(), text.size()))); }
  Sha256Digest Finish();  // once; the object is spent afterwards

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Sha256Digest Sha256Of(std::span<const std::byte> bytes);
Sha256Digest Sha256Of(std::string_view text);
// Streams the file in pieces of 1 MiB. kNotFound, kIo.
Result<Sha256Digest> Sha256OfFile(const std::string& path);
std::string ToHex(std::span<const std::uint8_t> bytes);  // lower case

}  // namespace fruits
