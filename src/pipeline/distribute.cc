#include "pipeline/distribute.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "pipeline/photo_task.h"

namespace fruits {
namespace {

bool IsArchiveMember(const std::string& raw) { return raw.find("!/") != std::string::npos; }

std::size_t NextPartNumber(const Ledger& ledger) {
  std::size_t next = 0;
  for (const std::string& name : ledger.parts) next = std::max(next, FeaturePartNumber(name).value_or(0) + 1);
  return next;
}

}  // namespace

Result<std::uint64_t> DistributePhotos(Plan& plan, const Ledger& ledger, const std::string& fingerprint,
                                       Folder& folder, const RunHooks::Distribute& distribute) {
  std::vector<std::string> tasks;
  PhotoTask open{.fingerprint = fingerprint, .first_part = NextPartNumber(ledger), .photos = {}};
  std::uint64_t given = 0;
  const auto close = [&] {
    if (open.photos.empty()) return;
    given += open.photos.size();
    tasks.push_back(Serialize(open));
    open.photos.clear();
    ++open.first_part;
  };
  while (true) {
    FRUITS_TRY(std::optional<PhotoToRead> photo, plan.Next());
    if (!photo) break;
    if (IsArchiveMember(photo->raw)) continue;
    open.photos.push_back(std::move(*photo));
    if (open.photos.size() == kPhotosATask) close();
  }
  close();
  if (tasks.empty()) return 0;
  FRUITS_CHECK(distribute(tasks));
  FRUITS_CHECK(folder.RefreshNames());
  return given;
}

}  // namespace fruits
