// Any bytes as each kind of archive; what is listed is read, twice the same.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "io/archive/archive.h"

namespace {

class Input final : public fruits::RandomReader {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  fruits::Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) std::abort();
    std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), out.size()), out.begin());
    return {};
  }

 private:
  const std::span<const std::byte> bytes_;
};

constexpr std::size_t kMembersRead = 50;
constexpr std::uint64_t kMaxBytes = 1 << 20;

// Gives every block of a tar file that is no pax record the checksum it should have, so that what lies behind
// the checksum is reached.
std::vector<std::byte> WithChecksums(std::span<const std::byte> bytes) {
  std::vector<std::byte> tar(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at + 512 <= tar.size(); at += 512) {
    const std::span<std::byte> block = std::span(tar).subspan(at, 512);
    const char first = static_cast<char>(block[0]);
    if (first == '\0' || (first >= '0' && first <= '9')) continue;
    std::fill_n(block.begin() + 148, 8, std::byte{' '});
    unsigned sum = 0;
    for (const std::byte b : block) sum += std::to_integer<unsigned>(b);
    for (std::size_t digit = 0; digit < 7; ++digit, sum /= 8) block[154 - digit] = std::byte('0' + sum % 8);
  }
  return tar;
}

}  // namespace

// The first byte chooses the kind. Parquet's decoding is Arrow's, which is not instrumented and has fuzzers
// of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<const char*, 4> kNames{"a.tar", "a.tar.gz", "a.zip", "b.tar"};
  if (size == 0) return 0;
  const std::size_t kind = data[0] % kNames.size();
  std::span<const std::byte> bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const std::vector<std::byte> repaired = kind == 3 ? WithChecksums(bytes) : std::vector<std::byte>();
  if (kind == 3) bytes = repaired;
  std::string problem;
  const auto archive =
      fruits::io::OpenArchive(kNames[kind], std::make_unique<Input>(bytes), 0, std::stop_token(), problem);
  if (!archive) return 0;
  const auto& members = (*archive)->members();
  std::vector<std::byte> body;
  std::vector<std::byte> again;
  for (std::size_t i = 0; i < std::min(members.size(), kMembersRead); ++i) {
    if (members[i].name.empty() || members[i].name.starts_with('/')) std::abort();
    if (i > 0 && members[i - 1].name >= members[i].name) std::abort();
    const fruits::Status read = (*archive)->Read(i, body, kMaxBytes);
    if (read && (body.size() != members[i].size_bytes || body.size() > kMaxBytes)) std::abort();
    if (!read && !body.empty()) std::abort();
    if ((*archive)->Read(i, again, kMaxBytes).has_value() != read.has_value() || again != body) std::abort();
  }
  return 0;
}
