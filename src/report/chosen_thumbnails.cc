#include "report/chosen_thumbnails.h"

#include <algorithm>
#include <deque>
#include <future>
#include <numeric>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "report/page_text.h"

namespace fruits::report {
namespace {

constexpr std::size_t kAhead = 4;

// Steps of the golden ratio: any first few of them lie evenly among all.
std::uint32_t Scattered(std::uint32_t i) { return i * 2654435769U; }

}  // namespace

ChosenThumbnails::ChosenThumbnails(const std::vector<std::string>& paths,
                                   const std::vector<std::uint32_t>& named, Limits limits)
    : limits_(limits), rank_(paths.size(), UINT32_MAX), texts_(paths.size()) {
  std::uint32_t next = 0;
  for (const std::uint32_t point : named) {
    if (point < rank_.size() && rank_[point] == UINT32_MAX) rank_[point] = next++;
  }
  std::vector<std::uint32_t> order(paths.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, Scattered);
  for (const std::uint32_t point : order) {
    if (rank_[point] == UINT32_MAX) rank_[point] = next++;
  }
  for (std::uint32_t i = 0; i < paths.size(); ++i) point_of_.emplace(paths[i], i);
}

Status ChosenThumbnails::Read(const Folder& folder) {
  if (limits_.max_count == 0 || texts_.empty()) return {};
  FRUITS_TRY(const auto files, folder.List("thumbs/"));
  std::vector<std::string> names;
  for (const std::string& file : files) {
    const std::string name = file.substr(file.rfind('/') + 1);
    if (file == "thumbs/" + name && FeaturePartNumber(name)) names.push_back(name);
  }
  std::deque<std::future<Result<PartThumbnails>>> reading;
  for (std::size_t begun = 0, done = 0; done < names.size(); ++done) {
    while (begun < names.size() && reading.size() < kAhead) {
      reading.push_back(std::async(std::launch::async, [&folder, name = names[begun++]] {
        return Guard([&] { return ReadPartThumbnails(folder, name); });
      }));
    }
    FRUITS_TRY(const PartThumbnails part, reading.front().get());
    reading.pop_front();
    for (std::size_t i = 0; i < part.paths.size(); ++i) {
      const auto found = point_of_.find(part.paths[i]);
      if (found != point_of_.end()) Take(found->second, part.thumbnails[i]);
    }
  }
  return {};
}

void ChosenThumbnails::Take(std::uint32_t point, std::string_view webp) {
  if (!texts_[point].empty() || webp.empty()) return;
  const bool is_full =
      kept_.size() >= limits_.max_count || bytes_ + webp.size() * 4 / 3 + 4 > limits_.max_bytes;
  if (is_full && (kept_.empty() || rank_[point] > kept_.rbegin()->first)) return;
  texts_[point] = Base64(webp);
  bytes_ += texts_[point].size();
  kept_[rank_[point]] = point;
  while (kept_.size() > limits_.max_count || bytes_ > limits_.max_bytes) {
    const auto last = std::prev(kept_.end());
    bytes_ -= texts_[last->second].size();
    texts_[last->second] = {};
    kept_.erase(last);
  }
}

}  // namespace fruits::report
