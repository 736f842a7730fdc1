#include "io/archive/tar_scan.h"

#include <fmt/core.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

#include "fruits/core/try.h"
#include "io/archive/kind_of_data.h"

namespace fruits::io {
namespace {

constexpr std::uint64_t kExtrasBytesMax = 1 << 20;

std::uint64_t Padded(std::uint64_t size) { return (size + kTarBlock - 1) / kTarBlock * kTarBlock; }

}  // namespace

Status TarScan::Run(ForwardReader& reader) {
  for (;;) {
    FRUITS_TRY(const bool more, Next(reader));
    if (!more) break;
  }
  ResolveLinks();
  if (damaged_ > 0) AddProblem(problem_, fmt::format("damaged headers at {} places", damaged_));
  if (!reader.problem().empty()) {
    AddProblem(problem_, reader.problem());
  } else if (!end_mark_ && !members_.full()) {
    AddProblem(problem_, fmt::format("it is cut short: no end mark at byte {}", reader.position()));
  }
  return {};
}

Result<bool> TarScan::Next(ForwardReader& reader) {
  const bool first = reader.position() == 0;
  std::array<std::byte, kTarBlock> block;
  FRUITS_TRY(const std::size_t count, reader.Read(block));
  if (count == kTarBlock && IsZeroBlock(block)) {
    end_mark_ = true;
    return false;
  }
  const auto header = count == kTarBlock ? ParseTarHeader(block) : std::nullopt;
  if (!header && first) {
    const std::string_view kind = KindOfData(std::span(block).first(count));
    std::string why = reader.problem();
    if (why.empty()) why = kind.empty() ? "it does not begin with a header" : fmt::format("it is {}", kind);
    return Fail(ErrorCode::kCorrupt, fmt::format("{} is not a tar file: {}", address_, why));
  }
  if (count < kTarBlock) return false;
  if (!header) {
    // The next good header is looked for block by block, as tar does.
    if (!in_damage_) ++damaged_;
    in_damage_ = true;
    extras_ = {};
    return true;
  }
  in_damage_ = false;
  return Follow(reader, *header);
}

Result<bool> TarScan::Follow(ForwardReader& reader, const TarHeader& header) {
  switch (header.type) {
    case 'x':
    case 'X':
    case 'g':
    case 'L':
    case 'K':
      return ReadExtras(reader, header);
    case '0':
    case '\0':
    case '7':
      return AddFile(reader, header);
    case 'S':
      extras_.sparse = true;
      return SkipSparseMap(reader, header);
    case '1': {
      const bool more = AddLink(header);
      extras_ = {};
      return more;
    }
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
      extras_ = {};  // symbolic links, devices, folders and pipes have no data
      return true;
    default: {
      const std::uint64_t size = extras_.size_bytes.value_or(header.size_bytes);
      extras_ = {};
      return SkipData(reader, size);
    }
  }
}

Result<bool> TarScan::AddFile(ForwardReader& reader, const TarHeader& header) {
  const std::uint64_t size = extras_.size_bytes.value_or(global_.size_bytes.value_or(header.size_bytes));
  TarPlace place{reader.position(), extras_.sparse || global_.sparse ? TarFault::kSparse : TarFault::kNone};
  FRUITS_TRY(const std::uint64_t skipped, reader.Skip(Padded(size)));
  if (skipped < size) place.fault = TarFault::kCut;
  const bool more = Add(header, size, place);
  extras_ = {};
  return more && skipped == Padded(size);
}

bool TarScan::AddLink(const TarHeader& header) {
  const std::size_t number = members_.found().size();
  const bool more = Add(header, 0, {0, TarFault::kNoTarget});
  if (members_.found().size() > number) {
    const std::string& link = extras_.link ? *extras_.link : global_.link ? *global_.link : header.link;
    links_.emplace_back(number, CleanMemberName(link));
  }
  return more;
}

bool TarScan::Add(const TarHeader& header, std::uint64_t size_bytes, const TarPlace& place) {
  const std::string& name = extras_.name ? *extras_.name : global_.name ? *global_.name : header.name;
  if (name.ends_with('/')) return true;  // v7's folders
  std::int64_t mtime =
      extras_.mtime_ns.value_or(global_.mtime_ns.value_or(header.mtime_seconds * 1'000'000'000));
  if (mtime <= 0) mtime = mtime_ns_;
  if (members_.full()) {
    AddProblem(problem_, kTooManyMembers);
    return false;
  }
  if (!members_.Add(name, size_bytes, mtime, place))
    AddProblem(problem_, "a member without a name is left out");
  return true;
}

Result<bool> TarScan::ReadExtras(ForwardReader& reader, const TarHeader& header) {
  if (header.size_bytes > kExtrasBytesMax) {
    AddProblem(problem_, fmt::format("a header of {} bytes is left out; at most {} are read",
                                     header.size_bytes, kExtrasBytesMax));
    return SkipData(reader, header.size_bytes);
  }
  std::string text(static_cast<std::size_t>(Padded(header.size_bytes)), '\0');
  FRUITS_TRY(const std::size_t count, reader.Read(std::as_writable_bytes(std::span(text))));
  if (count < text.size()) return false;
  text.resize(static_cast<std::size_t>(header.size_bytes));
  if (header.type == 'L' || header.type == 'K') {
    text.resize(std::min(text.find('\0'), text.size()));
    (header.type == 'L' ? extras_.name : extras_.link) = std::move(text);
  } else if (!ParsePax(text, header.type == 'g' ? global_ : extras_)) {
    ++damaged_;
  }
  return true;
}

Result<bool> TarScan::SkipSparseMap(ForwardReader& reader, TarHeader header) {
  while (header.extended_sparse) {
    std::array<std::byte, kTarBlock> block;
    FRUITS_TRY(const std::size_t count, reader.Read(block));
    if (count < kTarBlock) return false;
    header.extended_sparse = block[504] != std::byte{0};
  }
  return AddFile(reader, header);
}

Result<bool> TarScan::SkipData(ForwardReader& reader, std::uint64_t size_bytes) {
  FRUITS_TRY(const std::uint64_t skipped, reader.Skip(Padded(size_bytes)));
  return skipped == Padded(size_bytes);
}

// A hard link has the bytes of the last member of that name before it.
void TarScan::ResolveLinks() {
  if (links_.empty()) return;
  std::unordered_set<std::string_view> targets;
  for (const auto& [number, target] : links_) targets.insert(target);
  std::unordered_map<std::string_view, std::size_t> last;
  std::size_t link = 0;
  auto& found = members_.found();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (link < links_.size() && links_[link].first == i) {
      if (const auto target = last.find(links_[link].second); target != last.end()) {
        found[i].member.size_bytes = found[target->second].member.size_bytes;
        found[i].place = found[target->second].place;
      }
      ++link;
    }
    if (targets.contains(found[i].member.name)) last[found[i].member.name] = i;
  }
}

}  // namespace fruits::io
