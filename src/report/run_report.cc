#include "fruits/report/run_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/feature_table.h"
#include "fruits/io/storage.h"
#include "fruits/pipeline/fitted_folder.h"
#include "fruits/pipeline/run_json.h"
#include "fruits/report/report_page.h"
#include "report/rejected_rows.h"

namespace fruits {
namespace {

constexpr std::string_view kReport = "report.html";
constexpr std::string_view kScores = "pca_result.parquet";

// An older report is no reason to refuse: it is what will be replaced.
Status CheckWholeButForReport(const Folder& folder) {
  FRUITS_TRY(const std::string wrong, FindDisagreements(folder, Depth::kSizes));
  const auto is_report = [&](std::string_view how) { return wrong == fmt::format("{} ({})", kReport, how); };
  if (wrong.empty() || is_report("differs") || is_report("missing") || is_report("not of this run"))
    return {};
  return CheckWholeFolder(folder, Depth::kSizes);
}

// The shares that run.json has, as eigenvalues of a total of 1: of a fit that lies elsewhere nothing else is
// known.
std::vector<double> SharesOf(const std::string& record) {
  const auto json = nlohmann::json::parse(record, nullptr, false);
  const nlohmann::json::json_pointer place("/variance/share_of_total");
  std::vector<double> shares;
  if (!json.is_object() || !json.contains(place)) return shares;
  for (const auto& share : json[place]) {
    if (share.is_number()) shares.push_back(share.get<double>());
  }
  return shares;
}

// Whether it is the fit that the folder's projection was made with: a folder may hold another's.
bool IsFitOf(const Pca& pca, const std::vector<double>& shares) {
  if (pca.components_count() != shares.size()) return false;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (std::abs(pca.ExplainedVarianceRatio(i) - shares[i]) > 1e-9) return false;
  }
  return true;
}

Result<ReportFacts> ReadFacts(Storage& storage, const Folder& folder) {
  ReportFacts facts;
  FRUITS_TRY(facts.record, folder.Read(kRunJson));
  FRUITS_TRY(facts.rejected, report::ReadRejectedRows(folder, ReportPage::kMaxRejected));
  facts.eigenvalues = SharesOf(facts.record);
  facts.components = facts.eigenvalues.size();
  facts.total_variance = 1;
  FRUITS_TRY(const bool has_fit, folder.Exists("fitted/metadata.json"));
  if (!has_fit) return facts;
  FRUITS_TRY(const Fitted fitted, ReadFittedFolder(storage, folder.Address("fitted"), ""));
  if (IsFitOf(fitted.pca, facts.eigenvalues)) {
    facts.eigenvalues.assign(fitted.pca.eigenvalues().begin(), fitted.pca.eigenvalues().end());
    facts.total_variance = fitted.pca.total_variance();
  }
  return facts;
}

Result<ReportPage> ReadPage(const Folder& folder, const RunReportOptions& options) {
  constexpr std::size_t kBatchRows = 1024;
  FRUITS_TRY(const bool has_scores, folder.Exists(kScores));
  if (!has_scores) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} is missing: a report shows projected photos; make them by run or project",
                            folder.Address(kScores)));
  }
  FRUITS_TRY(auto file, folder.Open(kScores));
  FRUITS_TRY(const auto reader,
             FeatureTableReader::Open(std::move(file), folder.Address(kScores), "features_pca"));
  ReportPage page({.rows = reader->rows(), .thumbnails = options.thumbnails});
  const std::size_t k = reader->dimension();
  while (true) {
    if (options.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while reading scores");
    FRUITS_TRY(const FeatureBatch batch, reader->Next(kBatchRows));
    if (batch.paths.empty()) return page;
    for (std::size_t i = 0; i < batch.paths.size(); ++i) {
      FRUITS_CHECK(page.Add({.path = batch.paths[i],
                             .label = batch.labels[i],
                             .scores = std::span(batch.features).subspan(i * k, k)}));
    }
  }
}

Result<WrittenFile> WritePage(ReportPage page, const ReportFacts& facts, const Folder& run, Folder& to,
                              std::string_view name) {
  FRUITS_TRY(const auto file, to.Create(name));
  FRUITS_CHECK(std::move(page).Write(facts, &run, [&](std::string_view text) { return file->Append(text); }));
  return file->Commit();
}

struct Place {
  std::unique_ptr<Folder> folder;
  std::string name;
};

// The folder and the name of a file to write; a folder's address means report.html in it.
Result<Place> PlaceOf(Storage& storage, const RunReportOptions& options) {
  FRUITS_TRY(Uri uri, ParseUri(options.output, options.working_directory));
  std::error_code error;
  const bool is_folder =
      options.output.ends_with('/') || (uri.is_local() && std::filesystem::is_directory(uri.raw, error));
  std::string name(kReport);
  if (!is_folder) {
    const std::size_t slash = uri.raw.rfind('/');
    name = uri.raw.substr(slash == std::string::npos ? 0 : slash + 1);
    uri.raw.resize(slash == std::string::npos ? 0 : std::max<std::size_t>(slash, uri.is_local() ? 1 : 0));
  }
  if (!name.ends_with(".html") && !name.ends_with(".htm")) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--output {}: expected a folder, or the name of a page that ends in .html",
                            options.output));
  }
  FRUITS_TRY(auto folder, storage.OpenFolder(uri));
  return Place{.folder = std::move(folder), .name = std::move(name)};
}

bool IsSameFolder(const Folder& a, const Folder& b) {
  if (a.uri().RawPath() == b.uri().RawPath()) return true;
  std::error_code error;
  return a.uri().is_local() && b.uri().is_local() &&
         std::filesystem::equivalent(a.uri().raw, b.uri().raw, error);
}

}  // namespace

Result<WrittenReport> WriteRunReport(const RunReportOptions& options) {
  Storage storage(options.stop);
  FRUITS_TRY(const Uri uri, ParseUri(options.run, options.working_directory));
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  std::optional<Place> place;
  if (!options.output.empty()) {
    FRUITS_TRY(place, PlaceOf(storage, options));
    if (place->name == kReport && IsSameFolder(*folder, *place->folder)) place.reset();
  }
  if (place && place->name == kReport) {
    FRUITS_TRY(const bool is_run, place->folder->Exists(kRunJson));
    if (is_run) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("--output {}: that is the page of another run", options.output));
    }
  }
  FRUITS_CHECK(CheckWholeButForReport(*folder));
  std::unique_ptr<Lease> lease;
  if (!place) {
    FRUITS_TRY(lease, folder->TakeLease(fmt::format("fruits report, process {}", getpid())));
  }
  FRUITS_TRY(const ReportFacts facts, ReadFacts(storage, *folder));
  FRUITS_TRY(ReportPage page, ReadPage(*folder, options));

  WrittenReport written{.address = {}, .size_bytes = 0, .photos = page.rows_seen()};
  WrittenFile file;
  if (place) {
    FRUITS_TRY(file, WritePage(std::move(page), facts, *folder, *place->folder, place->name));
    written.address = place->folder->Address(place->name);
  } else {
    const auto write = [&]() -> Result<WrittenFile> {
      FRUITS_TRY(file, WritePage(std::move(page), facts, *folder, *folder, kReport));
      FRUITS_CHECK(lease->Check());
      return file;
    };
    FRUITS_CHECK(WriteNamedFile(*folder, kReport, write));
    written.address = folder->Address(kReport);
  }
  written.size_bytes = file.size_bytes;
  return written;
}

}  // namespace fruits
