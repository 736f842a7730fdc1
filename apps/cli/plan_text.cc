#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "plan.h"
#include "table.h"

namespace fruits::cli {
namespace {

std::string Took(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  if (whole < 3L * 24 * 3600) return fmt::format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
  return fmt::format("{:.1f} days", seconds / 86400);
}

std::string Milliseconds(double seconds) { return fmt::format("{:.3g} ms", 1000 * seconds); }

std::string Usd(double amount) {
  return amount < 10 ? fmt::format("{:.3f}", amount) : fmt::format("{:.2f}", amount);
}

std::string Between(const Range& range, std::string (*print)(double)) {
  return fmt::format("{} ({} to {})", print(range.expected), print(range.low), print(range.high));
}

std::string Machines(const Offer& offer, const ForecastQuestion& question) {
  std::string text = offer.type;
  if (!offer.master.empty()) text = fmt::format("{} + {} x {}", offer.master, offer.workers, offer.type);
  const bool is_choice = std::ranges::any_of(
      question.types, [&](const InstanceType& type) { return type.region != offer.region; });
  return is_choice ? fmt::format("{} in {}", text, offer.region) : text;
}

std::string Grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string MeasuredTable(const PlanReport& report) {
  std::vector<TableRow> rows = {{"measured here", "photos", "start", "a photo", "its CPU time", "reading it",
                                 "fit", "bytes", "stored"}};
  for (const PhotoCost& cost : report.question.costs) {
    rows.push_back({fmt::format("{} {}", cost.model, cost.precision),
                    cost.measured ? std::to_string(cost.photos) : "assumed", Took(cost.start_seconds),
                    Milliseconds(cost.photo_seconds), Milliseconds(cost.core_seconds),
                    Milliseconds(cost.read_seconds), Took(cost.fit_seconds),
                    fmt::format("{:.0f}", cost.photo_bytes), fmt::format("{:.0f}", cost.result_bytes)});
  }
  return FormatTable(rows);
}

std::string OfferTable(const PlanReport& report) {
  std::vector<TableRow> rows = {
      {"set-up", "arithmetic", "machines", "time", "USD on demand", "spot", "a million photos", "USD"}};
  const auto& question = report.question;
  const double here_range = question.assumptions.here_range;
  for (const PhotoCost& cost : question.costs) {
    const auto range = [&](double photos, double factor) {
      const double expected = cost.HereSeconds(photos) * factor;
      return Range{
          .low = expected * (1 - here_range), .expected = expected, .high = expected * (1 + here_range)};
    };
    const double an_hour = report.price_per_hour / 3600;
    const auto photos = static_cast<double>(question.photos);
    rows.push_back(
        {"this machine", cost.precision, fmt::format("{} cores, {}", question.here.cpus, question.here.isa),
         Between(range(photos, 1), Took), an_hour > 0 ? Between(range(photos, an_hour), Usd) : "-", "-",
         Took(cost.HereSeconds(1e6)), an_hour > 0 ? Usd(an_hour * cost.HereSeconds(1e6)) : "-"});
  }
  for (const Offer& offer : report.forecast.offers) {
    const std::string name(ToString(offer.setup));
    if (!offer.problem.empty()) {
      rows.push_back({name, offer.precision, offer.problem, "-", "-", "-", "-", "-"});
      continue;
    }
    const bool is_late = question.deadline_seconds && !offer.in_time;
    rows.push_back({name, offer.precision, Machines(offer, question),
                    Between(offer.seconds, Took) + (is_late ? ", too late" : ""), Between(offer.cost, Usd),
                    offer.spot_cost ? Usd(offer.spot_cost->expected) : "-",
                    Took(offer.million_seconds.expected), Usd(offer.million_cost.expected)});
  }
  return FormatTable(rows, 3);
}

std::string Recommendation(const PlanReport& report) {
  const Forecast& forecast = report.forecast;
  if (!forecast.recommended) return fmt::format("Recommended: none; {}.\n", forecast.reason);
  const Offer& offer = forecast.offers[*forecast.recommended];
  return fmt::format("Recommended: {} in {}: {}; {}.\n", ToString(offer.setup), offer.precision,
                     Machines(offer, report.question), forecast.reason);
}

std::string Orders(const PlanReport& report) {
  std::string text;
  for (const Offer& offer : report.forecast.offers) {
    if (report.question.deadline_seconds && !offer.in_time) continue;
    const std::string order = UpCommand(offer);
    if (!order.empty()) text += fmt::format("EMR in {} is ordered by: {}\n", offer.precision, order);
  }
  return text;
}

std::string Prices(const PlanReport& report) {
  std::set<std::string> unverified;
  std::set<std::string> regions;
  for (const InstanceType& type : report.question.types) {
    regions.insert(type.region);
    if (!type.verified) unverified.insert(fmt::format("{}, {}", type.source, type.date));
  }
  const Assumptions& assumed = report.question.assumptions;
  std::string text = fmt::format("Prices: {} ({})", report.prices, fmt::join(regions, ", "));
  if (!unverified.empty()) {
    text += fmt::format("; unverified ({}): costs have a range of {:.0f} % for that",
                        fmt::join(unverified, "; "), 100 * assumed.price_range);
  }
  return text + ".\n";
}

std::string Assumed(const PlanReport& report) {
  const Assumptions& assumed = report.question.assumptions;
  std::string text;
  for (const PhotoCost& cost : report.question.costs) {
    if (!cost.measured) {
      text += fmt::format("Assumed: {} from f32 by a ratio of instruction sets; it was not measured: {}.\n",
                          cost.precision, cost.reason);
    }
  }
  text += fmt::format(
      "Assumed: cores elsewhere are as fast as these, or by a ratio of instruction sets; {:.0f} % to either "
      "side "
      "({:.0f} % with another instruction set or int8 not measured); here {} thread(s) a core.\n",
      100 * assumed.speed_range, 100 * assumed.other_isa_range, report.question.here.threads_per_core);
  for (const AssumptionInfo& info : AssumptionTable())
    text += fmt::format("  {} = {}: {}\n", info.name, assumed.*info.value, info.help);
  return text;
}

}  // namespace

std::optional<double> ParseDuration(const std::string& text) {
  double value = 0;
  const char* end_of_text = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), end_of_text, value);
  if (error != std::errc{} || end_of_text - end != 1 || !(value > 0 && value < 1e6)) return std::nullopt;
  switch (*end) {
    case 's':
      return value;
    case 'm':
      return value * 60;
    case 'h':
      return value * 3600;
    case 'd':
      return value * 86400;
    default:
      return std::nullopt;
  }
}

std::string UpCommand(const Offer& offer) {
  if (offer.setup != SetUp::kEmr || !offer.problem.empty()) return "";
  return fmt::format(
      "deploy/emr/up --wheel dist/fruits-*.whl --region {} --primary-instance-type {} --instance-type {} "
      "--max-nodes {}",
      offer.region, offer.master, offer.type, offer.workers);
}

std::string Warning(const ForecastQuestion& question) {
  const auto share = ShareOfBusyMachine(question);
  if (!share) return "";
  return fmt::format(
      "this machine was busy with other work ({:.0f} % of it was ours): measure again when it is idle",
      100 * *share);
}

std::string PlanText(const PlanReport& report) {
  const auto& question = report.question;
  std::string text =
      fmt::format("This machine: {}, {}, {} cores\n\n", report.cpu, question.here.isa, question.here.cpus);
  text += MeasuredTable(report) + "\n";
  if (const std::string warning = Warning(question); !warning.empty())
    text += fmt::format("Warning: {}.\n\n", warning);
  text += fmt::format("{} photos", Grouped(question.photos));
  if (question.deadline_seconds) text += fmt::format(" within {}", Took(*question.deadline_seconds));
  if (!question.costs.empty()) {
    text += fmt::format("; results: {:.2f} GB",
                        question.costs.front().result_bytes * static_cast<double>(question.photos) * 1e-9);
  }
  text += "\n\n" + OfferTable(report) + "\n" + Recommendation(report) + Orders(report) + Prices(report) +
          Assumed(report);
  return text;
}

}  // namespace fruits::cli
