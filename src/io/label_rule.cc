#include "fruits/io/label_rule.h"

#include <fmt/core.h>

#include <locale>

#include "fruits/io/uri.h"

namespace fruits {
namespace {

// std::regex goes deeper with every byte it matches (measured with g++ 12: 0.35 to 0.55 kB a byte, so 2.2 MB
// at most here), and overflows the stack on long input. Linux cannot open a longer path anyway.
constexpr std::size_t kMaxPathForExpression = 4096;

std::string_view ParentName(std::string_view path) {
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t before = path.rfind('/', last - 1);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  return path.substr(first, last - first);
}

std::string Printable(std::string_view label) {
  return IsValidUtf8(label) ? std::string(label) : EncodePath(label);
}

}  // namespace

Result<LabelRule> LabelRule::Parse(const std::string& text) {
  LabelRule rule;
  rule.text_ = text;
  if (text == "parent" || text == "none") return rule;
  try {
    std::regex expression;
    expression.imbue(std::locale::classic());
    expression.assign(text, std::regex::ECMAScript | std::regex::optimize);
    if (expression.mark_count() != 1) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "label '{}' has {} groups; expected 'parent', 'none', or a regular expression with exactly "
              "one group, such as '/([^/]+)_\\d+\\.jpg$' (use (?:...) for a group that is not the label)",
              EncodePath(text), expression.mark_count()));
    }
    rule.expression_ = std::make_shared<const std::regex>(std::move(expression));
  } catch (const std::regex_error& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("label '{}' is not a regular expression: {}", EncodePath(text), error.what()));
  }
  return rule;
}

std::string LabelRule::Label(std::string_view raw_path) const { return Find(raw_path).value_or(""); }

std::optional<std::string> LabelRule::Find(std::string_view raw_path) const {
  if (!expression_) return text_ == "none" ? std::string() : Printable(ParentName(raw_path));
  if (raw_path.size() > kMaxPathForExpression) return std::nullopt;
  std::match_results<std::string_view::const_iterator> match;
  try {
    if (!std::regex_search(raw_path.begin(), raw_path.end(), match, *expression_)) return std::nullopt;
  } catch (const std::regex_error&) {
    return std::nullopt;  // the expression gave up on this path: no match
  }
  return Printable(std::string_view(match[1].first, match[1].second));
}

}  // namespace fruits
