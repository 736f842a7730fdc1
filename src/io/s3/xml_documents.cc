// The documents that xml.h promises, by its reader.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "io/s3/parse_number.h"
#include "io/s3/xml.h"

namespace fruits::io {
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

// A key or prefix as the listing spells it.
Status Decode(bool is_url, std::string& text) {
  if (!is_url) return {};
  FRUITS_TRY(text, DecodeUrl(text));
  return {};
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
    for (S3Entry& each : page.entries) FRUITS_CHECK(Decode(is_url, each.key));
    for (std::string& prefix : page.prefixes) FRUITS_CHECK(Decode(is_url, prefix));
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

Result<S3UploadPage> ParseUploads(std::string_view document) {
  S3UploadPage page;
  S3Upload upload;
  bool is_url = false;
  std::optional<bool> is_truncated;
  const auto leaf = [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Upload/Key") upload.key = text;
    if (path == "Upload/UploadId") upload.upload = text;
    if (path == "NextKeyMarker") page.next_key = text;
    if (path == "NextUploadIdMarker") page.next_upload = text;
    if (path == "EncodingType") is_url = text == "url";
    if (path == "IsTruncated" && (text == "true" || text == "false")) is_truncated = text == "true";
    return {};
  };
  const auto group_ends = [&](std::string_view path) -> Status {
    if (path != "Upload") return {};
    if (upload.key.empty() || upload.upload.empty())
      return Fail(ErrorCode::kCorrupt, "the server's list has an upload without key or id");
    page.uploads.push_back(std::exchange(upload, {}));
    return {};
  };
  if (auto status = ForEachLeaf(document, "ListMultipartUploadsResult", leaf, group_ends); !status)
    return std::unexpected(status.error());
  if (!is_truncated || (*is_truncated && page.next_key.empty()))
    return Fail(ErrorCode::kCorrupt, "the server's list of uploads does not say whether it is whole");
  if (!*is_truncated) page.next_key = page.next_upload = "";
  for (S3Upload& each : page.uploads) FRUITS_CHECK(Decode(is_url, each.key));
  FRUITS_CHECK(Decode(is_url, page.next_key));
  return page;
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
