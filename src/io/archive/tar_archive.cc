#include "io/archive/tar_archive.h"

#include <fmt/core.h>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/archive/block_reader.h"
#include "io/archive/gzip_forward.h"
#include "io/archive/gzip_reader.h"
#include "io/archive/tar_scan.h"

namespace fruits::io {
namespace {

class TarArchive final : public Archive {
 public:
  TarArchive(std::string address, std::unique_ptr<BlockReader> reader, MemberTable<TarPlace> members)
      : address_(std::move(address)), reader_(std::move(reader)), members_(std::move(members)) {
    members_.Finish();
  }

  const std::vector<ArchiveMember>& members() const override { return members_.members(); }

  Status Read(std::size_t number, std::vector<std::byte>& body, std::uint64_t max_bytes) override {
    body.clear();
    const ArchiveMember& member = members_.members()[number];
    const TarPlace& place = members_.place(number);
    switch (place.fault) {
      case TarFault::kNone:
        break;
      case TarFault::kCut:
        return BadMember(address_, member, "its end is missing in the archive");
      case TarFault::kSparse:
        return BadMember(address_, member, "sparse files are not read");
      case TarFault::kNoTarget:
        return BadMember(address_, member, "a hard link to a file that is not in the archive");
    }
    FRUITS_CHECK(CheckSize(address_, member, max_bytes));
    Status read = Guard([&]() -> Status {
      body.resize(static_cast<std::size_t>(member.size_bytes));
      return reader_->ReadAt(place.offset, body);
    });
    if (!read) body.clear();
    return read;
  }

 private:
  const std::string address_;
  const std::unique_ptr<BlockReader> reader_;
  MemberTable<TarPlace> members_;
};

}  // namespace

Result<std::unique_ptr<Archive>> OpenTar(ArchiveSource source, std::string& problem) {
  auto reader = std::make_unique<BlockReader>(source.address, std::move(source.reader), source.stop);
  PlainForward forward(*reader);
  TarScan scan(source.address, source.mtime_ns);
  FRUITS_CHECK(scan.Run(forward));
  problem = scan.problem();
  return std::make_unique<TarArchive>(std::move(source.address), std::move(reader),
                                      std::move(scan.members()));
}

Result<std::unique_ptr<Archive>> OpenTarGz(ArchiveSource source, std::string& problem) {
  FRUITS_TRY(const auto forward, GzipForward::Open(source.address, *source.reader, source.stop));
  TarScan scan(source.address, source.mtime_ns);
  FRUITS_CHECK(scan.Run(*forward));
  problem = scan.problem();
  const std::string before = forward->problem();
  FRUITS_TRY(GzipIndex index, forward->Finish());
  if (before.empty() && !forward->problem().empty()) AddProblem(problem, forward->problem());
  auto content =
      std::make_unique<GzipReader>(source.address, std::move(source.reader), std::move(index), source.stop);
  auto reader = std::make_unique<BlockReader>(source.address, std::move(content), source.stop);
  return std::make_unique<TarArchive>(std::move(source.address), std::move(reader),
                                      std::move(scan.members()));
}

}  // namespace fruits::io
