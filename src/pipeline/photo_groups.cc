#include "pipeline/photo_groups.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

#include "fruits/core/try.h"
#include "fruits/io/label_rule.h"

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

Result<std::vector<std::uint32_t>> GroupPhotos(std::span<const std::string> raw_paths,
                                               std::span<const std::string> labels, const std::string& rule) {
  if (!rule.empty()) {
    FRUITS_TRY(const LabelRule expression, LabelRule::Parse(rule));
    std::vector<std::string> texts;
    for (const std::string& raw : raw_paths) texts.push_back(expression.Label(raw));
    return NumberTexts(texts);
  }
  std::map<std::string_view, std::vector<std::size_t>> by_label;
  for (std::size_t i = 0; i < labels.size(); ++i) by_label[labels[i]].push_back(i);
  std::vector<std::uint32_t> groups(labels.size());
  for (auto& [label, photos] : by_label) {
    std::ranges::sort(photos, [&](std::size_t a, std::size_t b) {
      return ComesBeforeInNaturalOrder(raw_paths[a], raw_paths[b]);
    });
    for (std::size_t i = 0; i < photos.size(); ++i)
      groups[photos[i]] = static_cast<std::uint32_t>(i * kRunsOfALabel / photos.size());
  }
  return groups;
}

}  // namespace fruits
