// report.html: one file that shows a run without a server and without a request: what ran, the scree plot, a
// map of the photos on any two components, labels and what they are taken for, photos to look at.
//
//   ReportPage page({.rows = 22'688});
//   for (each row) FRUITS_CHECK(page.Add({.path = path, .label = label, .scores = scores}));
//   FRUITS_CHECK(std::move(page).Write(facts, &folder, [&](std::string_view text) { return
//   file->Append(text); }));
//
// Of more than max_points rows an even part is shown, and the page says so; counts, centres and spreads of
// labels are of all rows. Same rows, facts and thumbnails: same bytes.
// Threads: one caller; Write() uses some of its own. Memory: 4 K + 150 bytes a point shown, 8 K + 100 bytes a
// label (2,000 of them, the others are one), and in Write() the page's size twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"
#include "fruits/pipeline/painter.h"
#include "fruits/report/svg_sink.h"

namespace fruits {

struct ReportPageOptions {
  std::uint64_t rows = 0;  // that will come
  std::size_t max_points = 100'000;
  std::optional<std::size_t> thumbnails = {};  // at most; none: as many as keep the page within max_bytes
  std::size_t max_bytes = 25'000'000;
};

struct ReportFacts {
  std::string record = {};               // run.json
  std::vector<double> eigenvalues = {};  // all that are known, largest first
  std::size_t components = 0;            // K kept
  double total_variance = 0;
  std::vector<RejectedRow> rejected = {};  // the first of them
};

class ReportPage {
 public:
  static constexpr std::size_t kMaxRejected = 500;  // that a page lists

  explicit ReportPage(const ReportPageOptions& options);
  ReportPage(ReportPage&&) noexcept;
  ReportPage& operator=(ReportPage&&) noexcept;
  ~ReportPage();

  // kInvalidArgument: a score that is not finite or beyond a float's range, another number of them.
  Status Add(const ProjectedRow& row);
  std::uint64_t rows_seen() const;
  // An HTML document; `photos` (may be null) is the folder whose thumbs/ hold the photos' pictures. The
  // folder's errors, the sink's.
  Status Write(const ReportFacts& facts, const Folder* photos, const SvgSink& sink) &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fruits
