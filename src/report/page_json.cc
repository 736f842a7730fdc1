#include "report/page_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string_view>

#include "report/page_text.h"
#include "report/palette.h"

namespace fruits::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxScores = 2'000'000;  // in a page: 10.7 MB of text
constexpr std::size_t kFewestComponents = 8;
constexpr std::size_t kShownSpectrum = 60;
constexpr std::size_t kMaxPathBytes = 4'000'000;  // of names and of folders, as the page has them
constexpr std::size_t kMaxLabelBytes = 300;
constexpr std::size_t kMaxProblems = 100;

Json OptionalPoint(std::uint32_t point) { return point == Neighbor::kNone ? Json(nullptr) : Json(point); }

// Markup and what is no UTF-8 take more bytes there than in a name.
std::size_t SizeInPage(std::string_view text) { return JsonForPage(Json(text)).size(); }

// The end of a text that takes at most so many bytes in the page, beginning at a character.
std::string Shortened(std::string_view text, std::size_t most) {
  if (SizeInPage(text) <= most) return std::string(text);
  std::string end;
  std::size_t left = std::min(text.size(), most);
  do {
    std::size_t from = text.size() - left;
    while (from < text.size() && (static_cast<std::uint8_t>(text[from]) & 0xC0U) == 0x80) ++from;
    end = "\xE2\x80\xA6" + std::string(text.substr(from));
    left = left * 3 / 4;
  } while (left > 0 && SizeInPage(end) > most);
  return end;
}

Json RunJson(const std::string& record) {
  Json run = Json::parse(record, nullptr, false);
  if (!run.is_object()) return Json::object();
  run.erase("files");
  if (run.contains("listing_problems") && run["listing_problems"].size() > kMaxProblems) {
    Json& problems = run["listing_problems"];
    problems.erase(problems.begin() + static_cast<std::ptrdiff_t>(kMaxProblems), problems.end());
  }
  return run;
}

Json VarianceJson(const ReportFacts& facts) {
  const double total = facts.total_variance > 0 ? facts.total_variance : 1;
  const auto& values = facts.eigenvalues;
  const std::size_t kept = std::min(facts.components, values.size());
  const std::size_t shown = std::min(values.size(), std::max(kept, kShownSpectrum));
  const auto end = [&](std::size_t count) { return values.begin() + static_cast<std::ptrdiff_t>(count); };
  std::vector<double> shares;
  std::transform(values.begin(), end(shown), std::back_inserter(shares), [&](double v) { return v / total; });
  Json reach = Json::array();
  for (const double share : {0.8, 0.9, 0.95}) {
    double sum = 0;
    std::size_t k = 0;
    // Rounding must not ask for one more component than the whole spectrum has.
    while (k < values.size() && sum < share * total * (1 - 1e-12)) sum += std::max(0.0, values[k++]);
    const bool is_reached = sum >= share * total * (1 - 1e-12);
    reach.push_back({{"share", share}, {"components", is_reached ? Json(k) : Json(nullptr)}});
  }
  const double of_kept = std::accumulate(values.begin(), end(kept), 0.0);
  return {{"shares", shares}, {"kept_share", of_kept / total}, {"known", values.size()}, {"reach", reach}};
}

Json ClassesJson(const Sample& sample, const Findings& findings) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < sample.classes.size(); ++i) {
    const SampledClass& own = sample.classes[i];
    const ClassFinding& found = findings.classes[i];
    const Look look = LookOf(i, sample.classes.size());
    classes.push_back({{"name", Shortened(own.name, kMaxLabelBytes)},
                       {"count", own.count},
                       {"spread", own.spread},
                       {"color", look.color},
                       {"shape", static_cast<int>(look.shape)},
                       {"nearest", OptionalPoint(found.nearest_class)},
                       {"distance", found.centre_distance},
                       {"looked_at", found.looked_at},
                       {"astray", found.astray}});
  }
  return classes;
}

// Folders are named once. Long paths lose their beginnings where all of them would be too much.
void AddPaths(const Sample& sample, Json& page) {
  std::map<std::string_view, std::uint32_t> folders;
  std::size_t name_bytes = 0, folder_bytes = 0;
  const auto cut = [](std::string_view path) {
    return path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1;
  };
  for (const std::string_view path : sample.paths) {
    name_bytes += SizeInPage(path.substr(cut(path)));
    if (folders.emplace(path.substr(0, cut(path)), 0).second)
      folder_bytes += SizeInPage(path.substr(0, cut(path)));
  }
  const auto most = [](std::size_t bytes, std::size_t count) {
    return bytes <= kMaxPathBytes ? bytes : std::max<std::size_t>(16, kMaxPathBytes / count);
  };
  const std::size_t most_name = most(name_bytes, sample.paths.size());
  const std::size_t most_folder = most(folder_bytes, folders.size());
  Json folder_names = Json::array(), names = Json::array();
  for (auto& [folder, number] : folders) {
    number = static_cast<std::uint32_t>(folder_names.size());
    folder_names.push_back(Shortened(folder, most_folder));
  }
  std::vector<std::uint32_t> folder_of;
  for (const std::string_view path : sample.paths) {
    folder_of.push_back(folders[path.substr(0, cut(path))]);
    names.push_back(Shortened(path.substr(cut(path)), most_name));
  }
  page["folders"] = std::move(folder_names);
  page["folder_of"] = Base64Of(std::span<const std::uint32_t>(folder_of));
  page["names"] = std::move(names);
}

// A component's scores side by side, as the page's drawing wants them.
void AddScores(const Sample& sample, Json& page) {
  const std::size_t n = std::max<std::size_t>(1, sample.size());
  const std::size_t shown = std::min(sample.components, std::max(kFewestComponents, kMaxScores / n));
  std::vector<float> scores(shown * sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t k = 0; k < shown; ++k) scores[k * sample.size() + i] = sample.point(i)[k];
  }
  page["components_shown"] = shown;
  page["scores"] = Base64Of(std::span<const float>(scores));
  std::vector<std::uint16_t> class_of(sample.class_of.begin(), sample.class_of.end());
  page["class_of"] = Base64Of(std::span<const std::uint16_t>(class_of));
}

Json NearJson(const std::vector<NearPair>& pairs) {
  Json json = Json::array();
  for (const NearPair& pair : pairs) {
    json.push_back(
        {{"a", pair.a}, {"b", pair.b}, {"distance", pair.distance}, {"times_usual", pair.times_usual}});
  }
  return json;
}

void AddFindings(const Findings& findings, Json& page) {
  Json pairs = Json::array(), odd = Json::array(), ends = Json::array();
  for (const ConfusedPair& pair : findings.pairs) {
    pairs.push_back({{"a", pair.a},
                     {"b", pair.b},
                     {"a_to_b", pair.a_to_b},
                     {"b_to_a", pair.b_to_a},
                     {"share", pair.share},
                     {"photo_a", OptionalPoint(pair.photo_a)},
                     {"photo_b", OptionalPoint(pair.photo_b)}});
  }
  for (const OddPhoto& photo : findings.odd)
    odd.push_back({{"point", photo.point}, {"times_spread", photo.times_spread}});
  for (const ComponentEnds& component : findings.components)
    ends.push_back({{"lowest", component.lowest}, {"highest", component.highest}});
  page["pairs"] = std::move(pairs);
  page["odd"] = std::move(odd);
  page["odd_count"] = findings.odd_count;
  page["near"] = NearJson(findings.near);
  page["near_count"] = findings.near_count;
  page["twins"] = NearJson(findings.twins);
  page["twins_count"] = findings.twins_count;
  page["ends"] = std::move(ends);
}

Json RejectedJson(const std::vector<RejectedRow>& rows) {
  Json rejected = Json::array();
  for (const RejectedRow& row : rows)
    rejected.push_back({{"path", row.path}, {"stage", row.stage}, {"reason", row.reason}});
  return rejected;
}

}  // namespace

std::string PageJson(const ReportFacts& facts, const Sample& sample, const Neighbors& neighbors,
                     const Findings& findings) {
  Json page;
  page["format"] = 1;
  page["run"] = RunJson(facts.record);
  page["rows"] = sample.rows_seen;
  page["points"] = sample.size();
  page["components"] = sample.components;
  page["looked_at"] = neighbors.points.size();
  page["variance"] = VarianceJson(facts);
  page["classes"] = ClassesJson(sample, findings);
  page["has_other_labels"] = sample.has_other_labels;
  AddFindings(findings, page);
  page["rejected"] = RejectedJson(facts.rejected);
  AddScores(sample, page);
  AddPaths(sample, page);
  return JsonForPage(page);
}

}  // namespace fruits::report
