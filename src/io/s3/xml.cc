#include "io/s3/xml.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <utility>

namespace fruits::io {
namespace {

constexpr int kMaxDepth = 16;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || byte >= 0x80;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
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

namespace {

// Calls found(path, text) at the end of each element without children; path is "Contents/Key", below the
// root.
Status ForEachLeaf(std::string_view document, std::string_view root,
                   const std::function<Status(std::string_view path, const std::string& text)>& found,
                   const std::function<Status(std::string_view path)>& group_ends) {
  XmlReader reader(document);
  std::vector<std::size_t> starts;  // where each open element's name begins in `path`
  std::string path;
  std::string text;
  bool is_leaf = false;
  for (;;) {
    auto event = reader.Next();
    if (!event) return std::unexpected(event.error());
    switch (*event) {
      case XmlReader::Event::kEnd:
        return {};
      case XmlReader::Event::kText:
        text += reader.text();
        break;
      case XmlReader::Event::kOpen:
        if (starts.empty() && reader.name() != root) {
          return Fail(ErrorCode::kCorrupt, fmt::format("the server's XML is no {}", root));
        }
        starts.push_back(path.size());
        if (starts.size() > 1) path.append(path.empty() ? "" : "/").append(reader.name());
        text.clear();
        is_leaf = true;
        break;
      case XmlReader::Event::kClose:
        if (auto status = is_leaf ? found(path, text) : group_ends(path); !status) return status;
        path.resize(starts.back());
        starts.pop_back();
        is_leaf = false;
        break;
    }
  }
}

std::string Unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

// As HTML forms do it: '+' is a space.
Result<std::string> DecodeUrl(std::string_view text) {
  std::string raw;
  raw.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      raw += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte =
        i + 2 < text.size() ? ParseNumber<std::uint8_t>(text.substr(i + 1, 2), 16) : std::nullopt;
    if (!byte) return Fail(ErrorCode::kCorrupt, "the server's list has a key with a broken percent escape");
    raw += static_cast<char>(*byte);
    i += 2;
  }
  return raw;
}

struct ListingReader {
  S3Page page{};
  S3Entry entry{};
  bool has_key = false;
  bool has_size = false;
  bool is_url = false;
  std::optional<bool> is_truncated{};

  Status Leaf(std::string_view path, const std::string& text) {
    if (path == "Contents/Key") {
      entry.key = text;
      has_key = true;
    } else if (path == "Contents/Size") {
      const auto size = ParseNumber<std::uint64_t>(text);
      if (!size) return Fail(ErrorCode::kCorrupt, "the server's list has a Size that is no number");
      entry.object.size_bytes = *size;
      has_size = true;
    } else if (path == "Contents/ETag") {
      entry.object.etag = Unquoted(text);
    } else if (path == "Contents/LastModified") {
      const auto time = ParseIsoTime(text);
      if (!time) return Fail(ErrorCode::kCorrupt, "the server's list has a LastModified that is no time");
      entry.object.mtime_ns = *time;
    } else if (path == "CommonPrefixes/Prefix") {
      page.prefixes.push_back(text);
    } else if (path == "IsTruncated") {
      if (text != "true" && text != "false") return Fail(ErrorCode::kCorrupt, "the server's IsTruncated");
      is_truncated = text == "true";
    } else if (path == "NextContinuationToken") {
      page.next_token = text;
    } else if (path == "EncodingType") {
      is_url = text == "url";
    }
    return {};
  }

  Status GroupEnds(std::string_view path) {
    if (path != "Contents") return {};
    if (!has_key || !has_size)
      return Fail(ErrorCode::kCorrupt, "the server's list has an entry without key or size");
    page.entries.push_back(std::exchange(entry, {}));
    has_key = has_size = false;
    return {};
  }

  Status Finish() {
    if (!is_truncated) return Fail(ErrorCode::kCorrupt, "the server's list does not say whether it is whole");
    if (!*is_truncated) page.next_token.clear();
    if (*is_truncated && page.next_token.empty()) {
      return Fail(ErrorCode::kCorrupt, "the server's list does not say how it goes on");
    }
    const auto decode = [this](std::string& text) -> Status {
      if (!is_url) return {};
      auto raw = DecodeUrl(text);
      if (!raw) return std::unexpected(raw.error());
      text = std::move(*raw);
      return {};
    };
    for (S3Entry& each : page.entries) {
      if (auto status = decode(each.key); !status) return status;
    }
    for (std::string& prefix : page.prefixes) {
      if (auto status = decode(prefix); !status) return status;
    }
    std::ranges::sort(page.entries, {}, &S3Entry::key);
    std::ranges::sort(page.prefixes);
    return {};
  }
};

}  // namespace

std::optional<S3ErrorDocument> ParseError(std::string_view document) {
  S3ErrorDocument error;
  const auto leaf = [&error](std::string_view path, const std::string& text) -> Status {
    if (path == "Code") error.code = text;
    if (path == "Message") error.message = text;
    if (path == "Region") error.region = text;
    return {};
  };
  if (!ForEachLeaf(document, "Error", leaf, [](std::string_view) { return Status(); })) return std::nullopt;
  if (error.code.empty()) return std::nullopt;
  return error;
}

Result<S3Page> ParseListing(std::string_view document) {
  ListingReader reader;
  auto status = ForEachLeaf(
      document, "ListBucketResult",
      [&reader](std::string_view path, const std::string& text) { return reader.Leaf(path, text); },
      [&reader](std::string_view path) { return reader.GroupEnds(path); });
  if (status) status = reader.Finish();
  if (!status) return std::unexpected(status.error());
  return std::move(reader.page);
}

Result<std::string> ParseChild(std::string_view document, std::string_view root, std::string_view name) {
  std::string value;
  auto status = ForEachLeaf(
      document, root,
      [&](std::string_view path, const std::string& text) -> Status {
        if (path == name) value = text;
        return {};
      },
      [](std::string_view) { return Status(); });
  if (!status) return std::unexpected(status.error());
  if (value.empty()) return Fail(ErrorCode::kCorrupt, fmt::format("the server's {} has no {}", root, name));
  return Unquoted(value);
}

std::optional<std::int64_t> ParseIsoTime(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return ParseNumber<unsigned>(text.substr(at, size));
  };
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2);
  const auto hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  // Beyond 2262 nanoseconds do not fit.
  if (!date.ok() || *year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                    std::chrono::seconds(*second);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace fruits::io
