#include "pipeline/photo_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"

namespace fruits {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits that `text` begins with.
std::string_view LeadingNumber(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, IsDigit);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view WithoutZeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

PhotoGroups GroupByExpression(std::span<const std::string> raw_paths, const LabelRule& expression) {
  PhotoGroups groups;
  groups.facts.expression = expression.text();
  groups.facts.rule = fmt::format("--group '{}'", EncodePath(expression.text()));
  std::vector<std::string> texts;
  texts.reserve(raw_paths.size());
  for (const std::string& raw : raw_paths) {
    // A group that matches nothing of a path ("(r_)?") is a text too.
    const std::optional<std::string> text = expression.Find(raw);
    groups.facts.matched += text.has_value();
    texts.push_back(text ? "matched " + *text : "");
  }
  groups.rows.group = NumberTexts(texts);
  return groups;
}

// The photos of one label, in order: run i becomes group i.
void CutIntoRuns(std::span<const std::size_t> photos, RowGroups& rows) {
  const std::size_t n = photos.size();
  const auto run_of = [n](std::size_t place) {
    return static_cast<std::uint32_t>(place * kRunsOfALabel / n);
  };
  for (std::size_t i = 0; i < n; ++i) rows.group[photos[i]] = run_of(i);
  if (n < kRunsOfALabel) return;
  const std::size_t margin = (n + 2 * kRunsOfALabel - 1) / (2 * kRunsOfALabel);  // no more than a run
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t own = run_of(i);
    const std::uint32_t before = run_of((i + n - margin) % n), after = run_of((i + margin) % n);
    rows.margins[photos[i]] = {before != own ? before : RowGroups::kNone,
                               after != own ? after : RowGroups::kNone};
  }
}

PhotoGroups GroupByNames(std::span<const std::string> raw_paths, std::span<const std::string> labels) {
  std::map<std::string_view, std::vector<std::size_t>> by_label;
  for (std::size_t i = 0; i < labels.size(); ++i) by_label[labels[i]].push_back(i);
  PhotoGroups groups;
  groups.facts.rule = fmt::format(
      "each label's photos in the order of their names, in {} runs; nothing is asked of a photo's "
      "own run, nor of half a run beyond its ends",
      kRunsOfALabel);
  groups.rows.group.resize(labels.size());
  groups.rows.margins.assign(labels.size(), {RowGroups::kNone, RowGroups::kNone});
  for (auto& [label, photos] : by_label) {
    std::ranges::sort(photos, [&](std::size_t a, std::size_t b) {
      return ComesBeforeInNaturalOrder(raw_paths[a], raw_paths[b]);
    });
    CutIntoRuns(photos, groups.rows);
    groups.facts.labels_without_margins += photos.size() < kRunsOfALabel;
  }
  return groups;
}

void CountGroups(PhotoGroups& groups) {
  std::unordered_map<std::uint32_t, std::size_t> photos;
  for (const std::uint32_t group : groups.rows.group) ++photos[group];
  GroupFacts& facts = groups.facts;
  facts.groups = photos.size();
  for (const auto& [group, count] : photos) {
    facts.smallest = facts.smallest == 0 ? count : std::min(facts.smallest, count);
    facts.largest = std::max(facts.largest, count);
  }
}

}  // namespace

bool ComesBeforeInNaturalOrder(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a.front()) && IsDigit(b.front())) {
      const std::string_view x = LeadingNumber(a), y = LeadingNumber(b);
      const std::string_view value_x = WithoutZeros(x), value_y = WithoutZeros(y);
      if (value_x.size() != value_y.size()) return value_x.size() < value_y.size();
      if (value_x != value_y) return value_x < value_y;
      if (x.size() != y.size()) return x.size() < y.size();
      a.remove_prefix(x.size());
      b.remove_prefix(y.size());
    } else {
      if (a.front() != b.front())
        return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

std::vector<std::uint32_t> NumberTexts(std::span<const std::string> texts) {
  std::unordered_map<std::string_view, std::uint32_t> known;
  std::vector<std::uint32_t> numbers;
  numbers.reserve(texts.size());
  for (const std::string& text : texts)
    numbers.push_back(known.try_emplace(text, static_cast<std::uint32_t>(known.size())).first->second);
  return numbers;
}

Result<std::optional<LabelRule>> ParseGroupRule(const std::string& rule) {
  if (rule.empty()) return std::nullopt;
  // The two words that a label's rule may be are no expressions.
  auto parsed = LabelRule::Parse(rule == "parent" || rule == "none" ? "(?:" + rule + ")" : rule);
  if (!parsed) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--group '{}': expected a regular expression with one group", EncodePath(rule)));
  }
  return std::move(*parsed);
}

Result<PhotoGroups> GroupPhotos(std::span<const std::string> raw_paths, std::span<const std::string> labels,
                                const std::string& rule) {
  FRUITS_TRY(const std::optional<LabelRule> expression, ParseGroupRule(rule));
  PhotoGroups groups =
      expression ? GroupByExpression(raw_paths, *expression) : GroupByNames(raw_paths, labels);
  CountGroups(groups);
  if (expression && groups.facts.groups < 2) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--group '{}': matches {} of {} photos, expected at least 2 groups",
                            EncodePath(rule), groups.facts.matched, raw_paths.size()));
  }
  return groups;
}

}  // namespace fruits
