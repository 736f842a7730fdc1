#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "io/columns.h"
#include "io/feature_part_schema.h"
#include "io/parquet_input.h"

namespace fruits {
namespace {

std::optional<std::size_t> ParseCount(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::unexpected<Error> NotAPart(const io::ParquetInput& input, std::string_view why) {
  return Fail(ErrorCode::kCorrupt, fmt::format("{} is not a part of features: {}", input.address(), why));
}

Result<FeaturePartFacts> FactsOf(const io::ParquetInput& input) {
  const std::string format = input.MetadataValue(io::kFormatKey);
  if (format.empty()) return NotAPart(input, fmt::format("its footer has no {}", io::kFormatKey));
  if (format != io::kFormatVersion) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} has the format {}; this version reads format {}", input.address(), format,
                            io::kFormatVersion));
  }
  const auto features = input.schema().GetFieldByName("features");
  if (!features || features->type()->id() != arrow::Type::FIXED_SIZE_LIST) {
    return NotAPart(input, "it has no column features of vectors");
  }
  FeaturePartFacts facts;
  facts.dimension =
      static_cast<std::size_t>(static_cast<const arrow::FixedSizeListType&>(*features->type()).list_size());
  if (!input.schema().Equals(*io::FeatureSchema(facts.dimension), /*check_metadata=*/false)) {
    return NotAPart(input, "its columns differ from those documented");
  }
  const auto rejected = ParseCount(input.MetadataValue(io::kRejectedKey));
  if (!rejected) return NotAPart(input, fmt::format("{} is not a number", io::kRejectedKey));
  facts.fingerprint = input.MetadataValue(io::kFingerprintKey);
  facts.rows = input.rows();
  facts.rejected = *rejected;
  facts.first_path = input.MetadataValue(io::kFirstPathKey);
  facts.last_path = input.MetadataValue(io::kLastPathKey);
  return facts;
}

void ReadRows(const arrow::Table& table, std::vector<PhotoRow>& rows) {
  rows.resize(static_cast<std::size_t>(table.num_rows()));
  io::ForEachValue<arrow::StringArray>(*table.column(0),
                                       [&](auto r, const auto& a, auto i) { rows[r].path = a.GetView(i); });
  io::ForEachValue<arrow::StringArray>(*table.column(1),
                                       [&](auto r, const auto& a, auto i) { rows[r].label = a.GetView(i); });
  io::ForEachValue<arrow::Int64Array>(*table.column(2), [&](auto r, const auto& a, auto i) {
    rows[r].size_bytes = static_cast<std::uint64_t>(a.Value(i));
  });
  io::ForEachValue<arrow::StringArray>(*table.column(3), [&](auto r, const auto& a, auto i) {
    if (!a.IsNull(i)) rows[r].etag = a.GetView(i);
  });
  io::ForEachValue<arrow::Int64Array>(*table.column(4),
                                      [&](auto r, const auto& a, auto i) { rows[r].mtime_ns = a.Value(i); });
  io::ForEachValue<arrow::Int32Array>(*table.column(5),
                                      [&](auto r, const auto& a, auto i) { rows[r].width = a.Value(i); });
  io::ForEachValue<arrow::Int32Array>(*table.column(6),
                                      [&](auto r, const auto& a, auto i) { rows[r].height = a.Value(i); });
  io::ForEachValue<arrow::FixedSizeBinaryArray>(*table.column(7), [&](auto r, const auto& a, auto i) {
    std::copy_n(a.GetValue(i), rows[r].content_sha256.size(), rows[r].content_sha256.begin());
  });
}

void ReadRows(const arrow::Table& table, std::vector<RejectedRow>& rows) {
  rows.resize(static_cast<std::size_t>(table.num_rows()));
  io::ForEachValue<arrow::StringArray>(*table.column(0),
                                       [&](auto r, const auto& a, auto i) { rows[r].path = a.GetView(i); });
  io::ForEachValue<arrow::StringArray>(*table.column(1),
                                       [&](auto r, const auto& a, auto i) { rows[r].stage = a.GetView(i); });
  io::ForEachValue<arrow::StringArray>(*table.column(2),
                                       [&](auto r, const auto& a, auto i) { rows[r].reason = a.GetView(i); });
  io::ForEachValue<arrow::Int64Array>(*table.column(3), [&](auto r, const auto& a, auto i) {
    rows[r].size_bytes = static_cast<std::uint64_t>(a.Value(i));
  });
  io::ForEachValue<arrow::StringArray>(*table.column(4), [&](auto r, const auto& a, auto i) {
    if (!a.IsNull(i)) rows[r].etag = a.GetView(i);
  });
  io::ForEachValue<arrow::Int64Array>(*table.column(5),
                                      [&](auto r, const auto& a, auto i) { rows[r].mtime_ns = a.Value(i); });
}

Result<std::unique_ptr<io::ParquetInput>> OpenFile(const Folder& folder, const std::string& name) {
  FRUITS_TRY(auto file, folder.Open(name));
  return io::ParquetInput::Open(std::move(file), folder.Address(name));
}

Result<std::vector<RejectedRow>> ReadRejected(const Folder& folder, const std::string& name,
                                              const FeaturePartFacts& facts) {
  std::vector<RejectedRow> rows;
  if (facts.rejected == 0) return rows;
  FRUITS_TRY(const auto input, OpenFile(folder, "rejected/" + name));
  if (input->MetadataValue(io::kFormatKey) != io::kFormatVersion ||
      !input->schema().Equals(*io::RejectedSchema(), /*check_metadata=*/false)) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{} is not a list of rejected photos", input->address()));
  }
  if (input->rows() != facts.rejected || input->MetadataValue(io::kFingerprintKey) != facts.fingerprint) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} does not belong to features/{}: {} rows, expected {} of the same fingerprint",
                            input->address(), name, input->rows(), facts.rejected));
  }
  FRUITS_TRY(const auto table,
             input->ReadColumns({"path", "stage", "reason", "size_bytes", "etag", "mtime"}));
  ReadRows(*table, rows);
  return rows;
}

// The part's thumbnails, known to belong to it by their footer; null where it was written without them.
Result<std::unique_ptr<io::ParquetInput>> OpenThumbnails(const Folder& folder, const std::string& name,
                                                         const FeaturePartFacts& facts) {
  const std::string file = "thumbs/" + name;
  FRUITS_TRY(const bool exists, folder.Exists(file));
  if (!exists) return nullptr;
  FRUITS_TRY(auto input, OpenFile(folder, file));
  if (!input->schema().Equals(*io::ThumbnailSchema(), /*check_metadata=*/false) ||
      input->rows() != facts.rows || input->MetadataValue(io::kFingerprintKey) != facts.fingerprint) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format(
            "{} does not belong to features/{}: {} rows, expected {} thumbnails of the same fingerprint",
            input->address(), name, input->rows(), facts.rows));
  }
  return input;
}

// One a row, or none.
Result<std::vector<std::string>> ReadThumbnails(const Folder& folder, const std::string& name,
                                                const FeaturePartFacts& facts) {
  std::vector<std::string> thumbnails;
  FRUITS_TRY(const auto input, OpenThumbnails(folder, name, facts));
  if (!input) return thumbnails;
  FRUITS_TRY(const auto table, input->ReadColumns({"thumbnail"}));
  thumbnails.resize(facts.rows);
  io::ForEachValue<arrow::BinaryArray>(
      *table->column(0), [&](auto r, const auto& array, auto i) { thumbnails[r] = array.GetView(i); });
  return thumbnails;
}

struct OpenPart {
  std::unique_ptr<io::ParquetInput> input;
  FeaturePartFacts facts;
};

Result<OpenPart> OpenFeatures(const Folder& folder, const std::string& name) {
  const std::string file = "features/" + name;
  OpenPart part;
  FRUITS_TRY(part.input, OpenFile(folder, file));
  FRUITS_TRY(part.facts, FactsOf(*part.input));
  if (part.facts.rejected > 0) {
    FRUITS_TRY(const bool exists, folder.Exists("rejected/" + name));
    if (!exists) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("{} is missing: {} has {} rejected photos", folder.Address("rejected/" + name),
                              part.input->address(), part.facts.rejected));
    }
  }
  if (auto thumbnails = OpenThumbnails(folder, name, part.facts); !thumbnails) {
    return std::unexpected(thumbnails.error());
  }
  return part;
}

}  // namespace

Result<FeaturePartFacts> ReadFeaturePartFacts(const Folder& folder, const std::string& name) {
  FRUITS_TRY(OpenPart part, OpenFeatures(folder, name));
  return std::move(part.facts);
}

Result<FeaturePart> ReadFeaturePart(const Folder& folder, const std::string& name, PartColumns columns) {
  FRUITS_TRY(OpenPart open, OpenFeatures(folder, name));
  FeaturePart part;
  part.fingerprint = open.facts.fingerprint;
  part.dimension = open.facts.dimension;
  FRUITS_TRY(const auto table, open.input->ReadColumns({"path", "label", "size_bytes", "etag", "mtime",
                                                        "width", "height", "content_sha256"}));
  ReadRows(*table, part.rows);
  if (columns != PartColumns::kRows) {
    FRUITS_CHECK(open.input->ReadFloats(std::string(io::kFeaturesLeaf), part.rows.size() * part.dimension,
                                        part.features));
  }
  if (columns == PartColumns::kAll) {
    FRUITS_TRY(part.thumbnails, ReadThumbnails(folder, name, open.facts));
  }
  FRUITS_TRY(part.rejected, ReadRejected(folder, name, open.facts));
  return part;
}

Result<PartThumbnails> ReadPartThumbnails(const Folder& folder, const std::string& name) {
  FRUITS_TRY(const auto input, OpenFile(folder, "thumbs/" + name));
  if (!input->schema().Equals(*io::ThumbnailSchema(), /*check_metadata=*/false))
    return Fail(ErrorCode::kCorrupt, fmt::format("{} holds no thumbnails", input->address()));
  FRUITS_TRY(const auto table, input->ReadColumns({"path", "thumbnail"}));
  PartThumbnails part;
  part.paths.resize(static_cast<std::size_t>(table->num_rows()));
  part.thumbnails.resize(part.paths.size());
  io::ForEachValue<arrow::StringArray>(
      *table->column(0), [&](auto r, const auto& array, auto i) { part.paths[r] = array.GetView(i); });
  io::ForEachValue<arrow::BinaryArray>(
      *table->column(1), [&](auto r, const auto& array, auto i) { part.thumbnails[r] = array.GetView(i); });
  return part;
}

std::optional<std::size_t> FeaturePartNumber(std::string_view name) {
  constexpr std::string_view kStart = "part-";
  constexpr std::string_view kTagAndEnd = "-0badcafe.parquet";
  if (!name.starts_with(kStart) || name.size() <= kStart.size() + kTagAndEnd.size()) return std::nullopt;
  name.remove_prefix(kStart.size());
  const auto number = ParseCount(name.substr(0, name.size() - kTagAndEnd.size()));
  const std::string_view tag_text = name.substr(name.size() - kTagAndEnd.size() + 1, 8);
  std::uint32_t tag = 0;
  const auto [end, error] = std::from_chars(tag_text.data(), tag_text.data() + tag_text.size(), tag, 16);
  const bool is_tag = error == std::errc() && end == tag_text.data() + tag_text.size();
  // Written back, so that one part has one name.
  if (!number || !is_tag || FeaturePartName(*number, tag) != fmt::format("{}{}", kStart, name))
    return std::nullopt;
  return number;
}

Result<std::vector<std::string>> ListFeatureParts(const Folder& folder) {
  FRUITS_TRY(const auto files, folder.List("features/"));
  std::vector<std::pair<std::size_t, std::string>> parts;
  for (const std::string& file : files) {
    const std::string name = file.substr(file.rfind('/') + 1);
    const auto number = file == "features/" + name ? FeaturePartNumber(name) : std::nullopt;
    if (number) parts.emplace_back(*number, name);
  }
  std::ranges::sort(parts);
  std::vector<std::string> names;
  for (auto& [number, name] : parts) names.push_back(std::move(name));
  return names;
}

}  // namespace fruits
