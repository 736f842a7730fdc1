#include "report/rejected_rows.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "fruits/core/try.h"

namespace fruits::report {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

}  // namespace

std::vector<RejectedRow> ParseRejectedRows(std::string_view csv, std::size_t most) {
  std::vector<RejectedRow> rows;
  std::vector<std::string> fields(1);
  bool quoted = false, is_header = true;
  for (std::size_t i = 0; i < csv.size() && rows.size() < most; ++i) {
    const char c = csv[i];
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < csv.size() && csv[i + 1] == '"') {
        fields.back() += csv[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c != '\n') {
      fields.back() += c;
    } else {
      fields.resize(3);
      RejectedRow row;
      row.path = std::move(fields[0]);
      row.stage = std::move(fields[1]);
      row.reason = std::move(fields[2]);
      if (!std::exchange(is_header, false)) rows.push_back(std::move(row));
      fields.assign(1, "");
    }
  }
  return rows;
}

Result<std::vector<RejectedRow>> ReadRejectedRows(const Folder& folder, std::size_t most) {
  FRUITS_TRY(const bool is_there, folder.Exists("rejected.csv"));
  if (!is_there) return std::vector<RejectedRow>();
  FRUITS_TRY(const auto file, folder.Open("rejected.csv"));
  std::string text(static_cast<std::size_t>(std::min(file->size_bytes(), kMostBytes)), '\0');
  FRUITS_CHECK(file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return ParseRejectedRows(text, most);
}

}  // namespace fruits::report
