#include "fruits/report/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "fruits/core/try.h"
#include "report/chosen_thumbnails.h"
#include "report/findings.h"
#include "report/neighbors.h"
#include "report/page_file.h"
#include "report/page_json.h"
#include "report/page_text.h"
#include "report/sampled_rows.h"

namespace fruits {
namespace {

using report::ChosenThumbnails;
using report::Findings;

// Points whose thumbnails lie in one element of the page.
constexpr std::size_t kChunk = 512;

// What the page shows without being asked, the most telling first.
std::vector<std::uint32_t> NamedPoints(const Findings& findings) {
  std::vector<std::uint32_t> points;
  for (const report::ComponentEnds& ends : findings.components) {
    points.insert(points.end(), ends.lowest.begin(), ends.lowest.end());
    points.insert(points.end(), ends.highest.begin(), ends.highest.end());
  }
  for (const auto& pairs : {findings.near, findings.twins}) {
    for (const report::NearPair& pair : pairs) points.insert(points.end(), {pair.a, pair.b});
  }
  for (const report::OddPhoto& photo : findings.odd) points.push_back(photo.point);
  for (const report::ConfusedPair& pair : findings.pairs)
    points.insert(points.end(), {pair.photo_a, pair.photo_b});
  return points;
}

std::string DataElement(std::string_view id, std::string_view json) {
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id, json);
}

// Lengths in fours of base64 digits, then the texts themselves, in elements that the page reads when a photo
// is to be seen.
Status WriteThumbnails(const ChosenThumbnails& chosen, const SvgSink& sink) {
  std::vector<std::uint16_t> fours(chosen.points());
  for (std::size_t i = 0; i < fours.size(); ++i)
    fours[i] = static_cast<std::uint16_t>(chosen.text(i).size() / 4);
  const nlohmann::ordered_json index{{"chunk", kChunk},
                                     {"count", chosen.count()},
                                     {"fours", report::Base64Of(std::span<const std::uint16_t>(fours))}};
  FRUITS_CHECK(sink(DataElement("thumbnail-index", report::JsonForPage(index))));
  for (std::size_t first = 0; first < chosen.points(); first += kChunk) {
    std::string text;
    for (std::size_t i = first; i < std::min(first + kChunk, chosen.points()); ++i) text += chosen.text(i);
    FRUITS_CHECK(sink(
        fmt::format("<script type=\"text/plain\" id=\"thumbnails-{}\">{}</script>\n", first / kChunk, text)));
  }
  return {};
}

}  // namespace

struct ReportPage::State {
  ReportPageOptions options;
  report::SampledRows rows;
};

ReportPage::ReportPage(const ReportPageOptions& options)
    : state_(new State{.options = options, .rows = {options.rows, options.max_points}}) {}
ReportPage::ReportPage(ReportPage&&) noexcept = default;
ReportPage& ReportPage::operator=(ReportPage&&) noexcept = default;
ReportPage::~ReportPage() = default;

Status ReportPage::Add(const ProjectedRow& row) { return state_->rows.Add(row); }

std::uint64_t ReportPage::rows_seen() const { return state_->rows.seen(); }

Status ReportPage::Write(const ReportFacts& facts, const Folder* photos, const SvgSink& sink) && {
  const report::Sample sample = std::move(state_->rows).Finish();
  const report::Neighbors neighbors = report::FindNeighbors(sample);
  const Findings findings = report::FindAll(sample, neighbors);
  const std::string data = report::PageJson(facts, sample, neighbors, findings);
  const std::string_view page = report::kPage;
  const std::size_t data_at = page.find(report::kDataMark);
  const std::size_t thumbnails_at = page.find(report::kThumbnailsMark);

  // Beside the pictures: three bytes a point for their lengths, and the elements round them.
  const std::size_t others =
      page.size() + data.size() + 3 * sample.size() + 60 * (sample.size() / kChunk) + 2000;
  ChosenThumbnails::Limits limits;
  const std::size_t max_bytes = state_->options.max_bytes;
  if (state_->options.thumbnails) {
    limits.max_count = *state_->options.thumbnails;
  } else {
    limits.max_bytes = max_bytes > others ? max_bytes - others : 0;
  }
  const std::vector<std::uint32_t> named = NamedPoints(findings);
  ChosenThumbnails chosen(sample.paths, named, limits);
  if (photos) FRUITS_CHECK(chosen.Read(*photos));

  FRUITS_CHECK(sink(page.substr(0, data_at)));
  FRUITS_CHECK(sink(DataElement("data", data)));
  const std::size_t between = data_at + report::kDataMark.size();
  FRUITS_CHECK(sink(page.substr(between, thumbnails_at - between)));
  FRUITS_CHECK(WriteThumbnails(chosen, sink));
  return sink(page.substr(thumbnails_at + report::kThumbnailsMark.size()));
}

}  // namespace fruits
