// Moments as bytes: magic, dimension, count, mean (two parts), min, max, scatter, SHA-256 of all that; little
// endian.
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/stats/moments.h"

namespace fruits {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats of this room are little endian");

constexpr std::string_view kMagic = "FRUITSM1";
constexpr std::size_t kHeaderBytes = 24;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMaxDimension = std::uint64_t{1} << 28;  // keeps the size formula far from overflow

std::size_t BytesFor(std::size_t d) { return kHeaderBytes + 8 * (4 * d + d * (d + 1) / 2) + kHashBytes; }

template <typename T>
void Append(std::string& out, const T* data, std::size_t count) {
  out.append(reinterpret_cast<const char*>(data), count * sizeof(T));
}

}  // namespace

std::string Moments::Serialize() const {
  std::string out;
  out.reserve(BytesFor(dimension_));
  out.append(kMagic);
  const std::array<std::uint64_t, 2> numbers = {dimension_, count_};
  Append(out, numbers.data(), numbers.size());
  for (const auto* part : {&mean_, &mean_low_, &min_, &max_, &scatter_})
    Append(out, part->data(), part->size());
  const Sha256Digest hash = Sha256Of(std::string_view(out));
  Append(out, hash.data(), hash.size());
  return out;
}

Result<Moments> Moments::Deserialize(std::string_view bytes) {
  const auto corrupt = [](std::string what) {
    return Fail(ErrorCode::kCorrupt, "moments: " + std::move(what));
  };
  if (bytes.size() < kHeaderBytes + kHashBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return corrupt(fmt::format("{} bytes that do not begin with {}", bytes.size(), kMagic));
  }
  std::array<std::uint64_t, 2> numbers{};
  std::memcpy(numbers.data(), bytes.data() + kMagic.size(), sizeof numbers);
  const auto [d, count] = numbers;
  // The size is checked before anything is allocated, so a wild dimension costs nothing.
  if (d == 0 || d > kMaxDimension || bytes.size() != BytesFor(d)) {
    return corrupt(fmt::format("{} bytes do not fit a dimension of {}", bytes.size(), d));
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kHashBytes);
  const Sha256Digest hash = Sha256Of(body);
  if (std::memcmp(hash.data(), bytes.data() + body.size(), kHashBytes) != 0) {
    return corrupt("the SHA-256 at the end does not match the content");
  }
  Moments moments(d);
  moments.count_ = count;
  const char* from = bytes.data() + kHeaderBytes;
  for (auto* part : {&moments.mean_, &moments.mean_low_, &moments.min_, &moments.max_, &moments.scatter_}) {
    std::memcpy(part->data(), from, part->size() * sizeof(double));
    from += part->size() * sizeof(double);
  }
  if (Status parts = moments.CheckParts(); !parts) return Fail(ErrorCode::kCorrupt, parts.error().message());
  return moments;
}

}  // namespace fruits
