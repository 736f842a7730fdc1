#include "io/s3/xml.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "io/s3/parse_number.h"

namespace fruits::io {
namespace {

constexpr int kMaxDepth = 16;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || byte >= 0x80;
}

bool AppendUtf8(std::uint32_t point, std::string& text) {
  if (point == 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
  return true;
}

// What stands between '&' and ';'.
bool AppendEntity(std::string_view name, std::string& text) {
  if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && name[1] == 'x';
    const auto point = ParseNumber<std::uint32_t>(name.substr(hex ? 2 : 1), hex ? 16 : 10);
    return point && AppendUtf8(*point, text);
  }
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, c] : kNamed) {
    if (name == known) {
      text += c;
      return true;
    }
  }
  return false;
}

}  // namespace

Status XmlReader::Corrupt(std::string_view what) const {
  return Fail(ErrorCode::kCorrupt, fmt::format("the server's XML is not well formed: {}", what));
}

Status XmlReader::Skip(std::string_view end, const char* what) {
  const std::size_t at = rest_.find(end);
  if (at == std::string_view::npos) return Corrupt(what);
  rest_.remove_prefix(at + end.size());
  return {};
}

Status XmlReader::CheckAttributes(std::string_view text) const {
  while (!text.empty()) {
    if (!IsSpace(text.front())) return Corrupt("a broken tag");
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
    if (text.empty()) break;
    std::size_t name = 0;
    while (name < text.size() && IsNameByte(text[name])) ++name;
    if (name == 0 || name + 1 >= text.size() || text[name] != '=') return Corrupt("a broken attribute");
    const char quote = text[name + 1];
    const std::size_t end =
        quote == '"' || quote == '\'' ? text.find(quote, name + 2) : std::string_view::npos;
    if (end == std::string_view::npos) return Corrupt("a broken attribute");
    text.remove_prefix(end + 1);
  }
  return {};
}

Result<XmlReader::Event> XmlReader::ReadEmptyOrOpen(std::string_view inside) {
  const bool is_empty = inside.ends_with('/');
  if (is_empty) inside.remove_suffix(1);
  std::size_t length = 0;
  while (length < inside.size() && IsNameByte(inside[length])) ++length;
  if (length == 0) return std::unexpected(Corrupt("a tag without a name").error());
  if (auto status = CheckAttributes(inside.substr(length)); !status) return std::unexpected(status.error());
  if (depth_ == 0 && had_root_) return std::unexpected(Corrupt("a second root").error());
  if (depth_ == kMaxDepth) return std::unexpected(Corrupt("too deep").error());
  name_ = inside.substr(0, length);
  open_.append(name_).append(">");
  ++depth_;
  had_root_ = true;
  close_next_ = is_empty;
  return Event::kOpen;
}

Result<XmlReader::Event> XmlReader::ReadTag() {
  // A '>' may stand in an attribute's value.
  std::size_t end = 0;
  char quote = 0;
  while (end < rest_.size() && (quote != 0 || rest_[end] != '>')) {
    const char c = rest_[end++];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    }
  }
  if (end >= rest_.size()) return std::unexpected(Corrupt("a tag without its end").error());
  std::string_view inside = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  if (!inside.starts_with('/')) return ReadEmptyOrOpen(inside);
  inside.remove_prefix(1);
  while (!inside.empty() && IsSpace(inside.back())) inside.remove_suffix(1);
  const std::string closing = std::string(inside) + ">";
  const std::size_t start = open_.size() - std::min(open_.size(), closing.size());
  const bool at_name = start == 0 || open_[start - 1] == '>';
  if (depth_ == 0 || !at_name || std::string_view(open_).substr(start) != closing) {
    return std::unexpected(Corrupt("an end without its beginning").error());
  }
  open_.resize(start);
  --depth_;
  name_ = inside;
  return Event::kClose;
}

Result<XmlReader::Event> XmlReader::ReadText() {
  text_.clear();
  const std::size_t end = std::min(rest_.find('<'), rest_.size());
  std::string_view raw = rest_.substr(0, end);
  rest_.remove_prefix(end);
  if (depth_ == 0) return std::unexpected(Corrupt("text outside").error());  // Next() has skipped the spaces
  while (!raw.empty()) {
    const std::size_t mark = std::min(raw.find('&'), raw.size());
    text_.append(raw.substr(0, mark));
    raw.remove_prefix(mark);
    if (raw.empty()) break;
    const std::size_t semicolon = raw.substr(0, 12).find(';');
    if (semicolon == std::string_view::npos || !AppendEntity(raw.substr(1, semicolon - 1), text_)) {
      return std::unexpected(Corrupt("an unknown entity").error());
    }
    raw.remove_prefix(semicolon + 1);
  }
  return Event::kText;
}

Result<XmlReader::Event> XmlReader::Next() {
  if (close_next_) {
    close_next_ = false;
    open_.resize(open_.size() - name_.size() - 1);
    --depth_;
    return Event::kClose;
  }
  // In a loop: a document of nothing but comments must not grow the stack.
  for (;;) {
    if (rest_.empty()) {
      if (depth_ > 0 || !had_root_) return std::unexpected(Corrupt("it ends too early").error());
      return Event::kEnd;
    }
    Status skipped;
    if (rest_.starts_with("<?")) {
      skipped = Skip("?>", "a declaration without its end");
    } else if (rest_.starts_with("<!--")) {
      skipped = Skip("-->", "a comment without its end");
    } else if (depth_ == 0 && IsSpace(rest_.front())) {
      rest_.remove_prefix(1);
    } else {
      break;
    }
    if (!skipped) return std::unexpected(skipped.error());
  }
  if (!rest_.starts_with('<')) return ReadText();
  rest_.remove_prefix(1);
  if (rest_.starts_with('!')) return std::unexpected(Corrupt("a DOCTYPE or CDATA").error());
  return ReadTag();
}

}  // namespace fruits::io
