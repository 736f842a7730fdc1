// fruits_tables write OUT ROWS DIMENSION: one part and all tables of made-up photos, by formulas that the
// Python tests repeat. fruits_tables read FILE: a feature table as lines of CSV: path,label,[features]. For
// tests only.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/feature_table.h"
#include "fruits/io/label_rule.h"
#include "fruits/io/result_table.h"
#include "fruits/io/storage.h"
#include "fruits/io/uri.h"

namespace fruits {
namespace {

// Raw names that break careless writers and readers of CSV and addresses.
std::string NastyName(std::size_t i) {
  static const std::vector<std::string> kNames = {
      "plain",           "with space",    "comma,comma",
      "quote\"'\"quote", "new\nline",     "return\rline",
      "percent%20",      "bytes\xFF\xFE", "\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E"};
  return kNames[i % kNames.size()];
}

FeaturePart MakePart(std::size_t rows, std::size_t dimension) {
  FeaturePart part{.fingerprint = std::string(64, 'a'), .dimension = dimension};
  for (std::size_t i = 0; i < rows; ++i) {
    // The first number keeps rows in catalog order.
    const std::string raw =
        "/photos/" + std::to_string(100'000 + i) + "/" + NastyName(i) + "/" + std::to_string(i) + ".jpg";
    PhotoRow row{.path = LocalPathToUri(raw)};
    row.label = LabelRule().Label(raw);
    row.size_bytes = 1000 + i;
    row.mtime_ns = 1'700'000'000'000'000'000 + static_cast<std::int64_t>(i);
    row.width = static_cast<int>(i) + 1;
    row.height = static_cast<int>(i) + 2;
    row.content_sha256 = Sha256Of(std::to_string(i));
    part.rows.push_back(row);
    part.thumbnails.push_back("webp\0" + std::to_string(i));
    for (std::size_t d = 0; d < dimension; ++d) {
      part.features.push_back(static_cast<float>(i) + static_cast<float>(d) / 7.0F);
    }
  }
  part.rejected.push_back({"file:///photos/z.jpg", "decode", "cut short, at \"the end\"", 12, "", 34});
  return part;
}

Status WriteTables(const std::string& out, std::size_t rows, std::size_t dimension) {
  FRUITS_TRY(const Uri uri, ParseUri(out, ""));
  FRUITS_TRY(const auto folder, Storage().OpenFolder(uri));
  const FeaturePart part = MakePart(rows, dimension);
  FRUITS_CHECK(WriteFeaturePart(*folder, FeaturePartName(0, 0x0badcafe), part));
  FRUITS_CHECK(WriteRejectedCsv(*folder, [&, at = std::size_t{0}]() mutable -> Result<const RejectedRow*> {
    return at < part.rejected.size() ? &part.rejected[at++] : nullptr;
  }));
  FRUITS_TRY(const auto table, PcaResultWriter::Create(*folder, 3, {.scaled_dimension = dimension}));
  for (std::size_t i = 0; i < rows; ++i) {
    const auto x = static_cast<double>(i);
    const std::vector<double> scores = {x / 3, -x * 1e-30, x * 1e30};
    std::vector<double> scaled;
    for (std::size_t d = 0; d < dimension; ++d) scaled.push_back(x / static_cast<double>(d + 1));
    FRUITS_CHECK(table->Append(part.rows[i].path, part.rows[i].label, scores, scaled));
  }
  FRUITS_CHECK(table->Commit());
  return {};
}

Status PrintTable(const std::string& path) {
  FRUITS_TRY(auto file, OpenLocalFile(path));
  FRUITS_TRY(const auto reader, FeatureTableReader::Open(std::move(file), path));
  while (true) {
    FRUITS_TRY(const FeatureBatch batch, reader->Next(3));
    if (batch.paths.empty()) return {};
    for (std::size_t i = 0; i < batch.paths.size(); ++i) {
      std::string line;
      std::string list;
      AppendCsvField(batch.paths[i], line);
      line += ',';
      AppendCsvField(batch.labels[i], line);
      line += ',';
      AppendJsonList(std::span(batch.features).subspan(i * reader->dimension(), reader->dimension()), list);
      AppendCsvField(list, line);
      std::cout << line << '\n';
    }
  }
}

}  // namespace
}  // namespace fruits

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  fruits::Status status =
      fruits::Fail(fruits::ErrorCode::kInvalidArgument, "write OUT ROWS DIMENSION, or read FILE");
  if (args.size() == 4 && args[0] == "write")
    status = fruits::WriteTables(args[1], std::stoul(args[2]), std::stoul(args[3]));
  if (args.size() == 2 && args[0] == "read") status = fruits::PrintTable(args[1]);
  if (status) return 0;
  std::cerr << status.error().message() << '\n';
  return 1;
}
