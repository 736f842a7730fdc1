#include <nlohmann/json.hpp>

#include "plan.h"

namespace fruits::cli {
namespace {

using Json = nlohmann::ordered_json;

Json RangeJson(const Range& range) {
  return {{"low", range.low}, {"expected", range.expected}, {"high", range.high}};
}

Json CostJson(const PhotoCost& cost, const ForecastQuestion& question) {
  const auto photos = static_cast<double>(question.photos);
  const double here_range = question.assumptions.here_range;
  const double here = cost.HereSeconds(photos);
  Json json = {{"model", cost.model},
               {"precision", cost.precision},
               {"measured", cost.measured},
               {"photos", cost.photos},
               {"start_seconds", cost.start_seconds},
               {"photo_seconds", cost.photo_seconds},
               {"core_seconds", cost.core_seconds},
               {"cpu_share", cost.CpuShare(question.here.cpus)},
               {"network_share", cost.network_share},
               {"read_seconds", cost.read_seconds},
               {"fit_seconds", cost.fit_seconds},
               {"after_seconds", cost.after_seconds},
               {"picture_seconds", cost.picture_seconds},
               {"finish_seconds", cost.finish_seconds},
               {"carried_seconds", cost.carried_seconds},
               {"moments_seconds", cost.moments_seconds},
               {"photo_bytes", cost.photo_bytes},
               {"result_bytes", cost.result_bytes}};
  if (!cost.reason.empty()) json["reason"] = cost.reason;
  json["here_seconds"] =
      RangeJson({.low = here * (1 - here_range), .expected = here, .high = here * (1 + here_range)});
  return json;
}

Json OfferJson(const Offer& offer) {
  Json json = {{"setup", std::string(ToString(offer.setup))},
               {"precision", offer.precision},
               {"measured", offer.measured}};
  if (!offer.problem.empty()) {
    json["problem"] = offer.problem;
    return json;
  }
  json["type"] = offer.type;
  if (!offer.master.empty()) json["master"] = offer.master;
  json["region"] = offer.region;
  json["workers"] = offer.workers;
  json["seconds"] = RangeJson(offer.seconds);
  json["usd"] = RangeJson(offer.cost);
  if (offer.spot_cost) json["usd_spot"] = RangeJson(*offer.spot_cost);
  json["million_seconds"] = RangeJson(offer.million_seconds);
  json["million_usd"] = RangeJson(offer.million_cost);
  json["in_time"] = offer.in_time;
  json["verified"] = offer.verified;
  if (const std::string order = UpCommand(offer); !order.empty()) json["order"] = order;
  return json;
}

Json TypeJson(const InstanceType& type) {
  return {{"type", type.name},     {"on_demand", type.on_demand}, {"region", type.region},
          {"source", type.source}, {"date", type.date},           {"verified", type.verified}};
}

}  // namespace

std::string PlanJson(const PlanReport& report) {
  const ForecastQuestion& question = report.question;
  Json json = {{"inputs", report.inputs}, {"photos", question.photos}};
  if (question.deadline_seconds) json["deadline_seconds"] = *question.deadline_seconds;
  json["machine"] = {{"cpu", report.cpu},
                     {"isa", question.here.isa},
                     {"cpus", question.here.cpus},
                     {"threads_per_core", question.here.threads_per_core}};
  if (const std::string warning = Warning(question); !warning.empty()) json["warning"] = warning;
  for (const PhotoCost& cost : question.costs) json["costs"].push_back(CostJson(cost, question));
  for (const Offer& offer : report.forecast.offers) json["offers"].push_back(OfferJson(offer));
  if (report.forecast.recommended)
    json["recommended"] = *report.forecast.recommended;
  else
    json["recommended"] = nullptr;
  json["reason"] = report.forecast.reason;
  json["prices"] = {{"file", report.prices}, {"currency", "USD"}, {"types", Json::array()}};
  for (const InstanceType& type : question.types) json["prices"]["types"].push_back(TypeJson(type));
  for (const AssumptionInfo& info : AssumptionTable())
    json["assumptions"][std::string(info.name)] = question.assumptions.*info.value;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fruits::cli
