#include "fruits/forecast/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecast/work.h"
#include "fruits/core/cpu_share.h"
#include "fruits/model/cpu_guard.h"

namespace fruits {
namespace {

constexpr double kMillion = 1e6;
constexpr double kMostHere = 1e7;     // photos on one machine, by the engine's bound on memory
constexpr double kBytesAPhoto = 160;  // of the machine that lists
constexpr int kFewestWorkers = 2;     // one may be lost
constexpr int kCoreNodes = 2;         // of deploy/emr's cluster: on demand, and there until it ends
constexpr int kMostWorkers = 1000;
constexpr double kShortestPaid = 60;   // seconds
constexpr double kDearerIsFine = 1.1;  // for the faster or the simpler one

constexpr double kBusyShare = 0.5;  // of this machine; it would be 0.9 and more
constexpr int kPhotosACpu = 8;      // fewer do not fill it
constexpr double kReadersHere = 3;  // that a run has at files
constexpr double kReadersBusy = 0.7;

struct Parts {
  double fixed = 0;    // seconds whatever the photos
  double picture = 0;  // seconds a photo that the pictures show
  double photo = 0;    // seconds a photo
  double range = 0;    // of `photo`
};

// Everything about one choice of machines but the number of photos.
struct Choice {
  const InstanceType* type = nullptr;
  const InstanceType* master = nullptr;  // null: none
  int workers = 1;
  Parts parts = {};
  double hourly = 0;
  std::optional<double> spot_hourly = {};
  double idle_usd = 0;  // of a cluster that is done
  bool verified = false;
};

double FixedSeconds(const Parts& parts, double photos) {
  return parts.fixed + parts.picture * std::min(photos, static_cast<double>(kMostPictured));
}

Range SecondsOf(const Parts& parts, double photos) {
  const double fixed = FixedSeconds(parts, photos);
  const double moving = parts.photo * photos;
  return {.low = fixed + moving / (1 + parts.range),
          .expected = fixed + moving,
          .high = fixed + moving / (1 - parts.range)};
}

Range CostOf(const Choice& choice, double hourly, double photos, const Assumptions& assumptions) {
  const Range seconds = SecondsOf(choice.parts, photos);
  const double price_range = choice.verified ? 0 : assumptions.price_range;
  const double requests = photos / kMillion * assumptions.s3_get_price_per_million;
  const auto cost = [&](double took, double factor) {
    return (std::max(took, kShortestPaid) / 3600 * hourly + choice.idle_usd + requests) * factor;
  };
  return {.low = cost(seconds.low, 1 - price_range),
          .expected = cost(seconds.expected, 1),
          .high = cost(seconds.high, 1 + price_range)};
}

class Planner {
 public:
  explicit Planner(const ForecastQuestion& question) : question_(question), assumed_(question.assumptions) {}

  Offer Best(SetUp setup, const PhotoCost& cost) const {
    Offer offer{.setup = setup, .precision = cost.precision, .measured = cost.measured};
    if (setup == SetUp::kOneMachine && Photos() > kMostHere) {
      offer.problem = "one machine takes at most 10,000,000 photos";
      return offer;
    }
    const bool is_cluster = setup != SetUp::kOneMachine;
    const auto can_lead = [&](const InstanceType& type) { return IsMaster(type, setup); };
    if (is_cluster && std::ranges::none_of(question_.types, can_lead)) {
      offer.problem = "no type of the table has " + MasterNeeds(setup);
      return offer;
    }
    std::vector<Choice> choices;
    bool some_fit = false;
    for (const InstanceType& type : question_.types) {
      if (!IsFit(type, setup, cost)) continue;
      some_fit = true;
      const InstanceType* master = is_cluster ? Master(setup, type.region) : nullptr;
      if (master || !is_cluster) choices.push_back(ChoiceOf(type, master, setup, cost));
    }
    if (choices.empty())
      offer.problem = some_fit
                          ? "no region of the table has a type for workers and one with " + MasterNeeds(setup)
                          : WorkerLacks(setup, cost);
    else
      Describe(Pick(choices), offer);
    return offer;
  }

 private:
  std::string MasterNeeds(SetUp setup) const {
    return fmt::format(
        "4 vCPUs{} and {:.0f} GiB for the driver, which lists all photos (many millions go in pieces)",
        setup == SetUp::kEmr ? ", a surcharge of EMR" : "", MasterGib());
  }

  static std::string WorkerLacks(SetUp setup, const PhotoCost& cost) {
    return fmt::format("no type of the table has {}memory enough{}",
                       cost.precision == "int8" ? "VNNI and " : "",
                       setup == SetUp::kEmr ? ", and a surcharge of EMR" : "");
  }

  double Photos() const { return static_cast<double>(question_.photos); }
  double Deadline() const { return question_.deadline_seconds.value_or(assumed_.soft_deadline_hours * 3600); }

  bool IsFit(const InstanceType& type, SetUp setup, const PhotoCost& cost) const {
    const auto speed = FindIsaSpeed(type.isa);
    if (!speed || (cost.precision == "int8" && !speed->has_vnni)) return false;
    if (setup == SetUp::kOneMachine) return type.memory_gib >= 1.5 + ListingGib();
    // Java and an engine a core (docs/spark-job.md), beside the system; YARN gives about 0.7 of a node's
    // memory.
    const double executor_gib = 2.4 + 0.7 * type.vcpu;
    if (setup == SetUp::kEmr) return type.emr && executor_gib <= 0.7 * type.memory_gib;
    return executor_gib + 0.6 <= type.memory_gib;
  }

  double ListingGib() const { return Photos() * kBytesAPhoto / (1 << 30); }
  double MasterGib() const { return 6 + ListingGib(); }

  // It can list, fit and project: it computes no features.
  bool IsMaster(const InstanceType& type, SetUp setup) const {
    return type.vcpu >= 4 && type.memory_gib >= MasterGib() && (setup != SetUp::kEmr || type.emr);
  }

  // The cheapest of the workers' region. Null: none there has what it takes.
  const InstanceType* Master(SetUp setup, std::string_view region) const {
    const InstanceType* best = nullptr;
    for (const InstanceType& type : question_.types) {
      if (type.region != region || !IsMaster(type, setup)) continue;
      if (!best || type.on_demand < best->on_demand) best = &type;
    }
    return best;
  }

  Choice ChoiceOf(const InstanceType& type, const InstanceType* master, SetUp setup,
                  const PhotoCost& cost) const {
    Choice choice{.type = &type, .master = master, .verified = type.verified};
    choice.parts.range = SpeedRange(type, cost, question_);
    choice.parts.picture = cost.picture_seconds;
    const double once = cost.carried_seconds;
    const double photo = PhotoSecondsOn(type, cost, question_);
    if (setup == SetUp::kOneMachine) {
      choice.parts.fixed = assumed_.boot_seconds + once;
      choice.parts.photo = photo + cost.after_seconds;
      choice.hourly = type.on_demand;
      choice.spot_hourly = type.spot;
      return choice;
    }
    choice.verified = type.verified && master->verified;
    choice.parts.fixed = (setup == SetUp::kEmr ? assumed_.emr_start_seconds : assumed_.boot_seconds) +
                         assumed_.spark_start_seconds + once;
    // The driver reads the features back, sums moments, and projects.
    const double driver = 2 * cost.after_seconds + cost.moments_seconds;
    const double spread = photo / assumed_.spark_efficiency;
    choice.workers = WorkersFor(choice.parts, spread, driver);
    choice.parts.photo = spread / choice.workers + driver;
    if (setup == SetUp::kEmr)
      PayEmr(choice);
    else
      PayStandalone(choice);
    return choice;
  }

  static void PayStandalone(Choice& choice) {
    choice.hourly = choice.master->on_demand + choice.workers * choice.type->on_demand;
    if (choice.type->spot)
      choice.spot_hourly = choice.master->on_demand + choice.workers * *choice.type->spot;
  }

  // As deploy/emr has it: two core nodes are on demand, and with the primary node they stay until the cluster
  // has been idle for a while. The others are task nodes: on spot, and gone when nothing is left to do.
  void PayEmr(Choice& choice) const {
    const InstanceType& type = *choice.type;
    const double surcharge = type.emr.value_or(0);
    const int core = std::min(choice.workers, kCoreNodes);
    const int task = choice.workers - core;
    const double staying =
        choice.master->on_demand + choice.master->emr.value_or(0) + core * (type.on_demand + surcharge);
    choice.hourly = staying + task * (type.on_demand + surcharge);
    if (type.spot && task > 0) choice.spot_hourly = staying + task * (*type.spot + surcharge);
    choice.idle_usd = assumed_.emr_idle_seconds / 3600 * staying;
  }

  // As few as finish in time at the slow end of the range. Where none do, it is the driver's work that takes
  // so long: then as many as make theirs a quarter of it.
  int WorkersFor(const Parts& parts, double spread, double driver) const {
    const double slower = 1 / (1 - parts.range);
    const double fixed = FixedSeconds(parts, Photos());
    const double left = Deadline() - fixed - Photos() * driver * slower;
    const double given = left > 0 ? left : (fixed + Photos() * driver) / 4;
    const double wanted = std::ceil(Photos() * spread * slower / std::max(given, 1.0));
    return static_cast<int>(std::clamp<double>(wanted, kFewestWorkers, kMostWorkers));
  }

  bool IsInTime(const Choice& choice) const { return SecondsOf(choice.parts, Photos()).high <= Deadline(); }

  // The cheapest in time, or of those that cost little more the fastest; where none is in time, the fastest.
  const Choice& Pick(const std::vector<Choice>& choices) const {
    const auto seconds = [&](const Choice& choice) { return SecondsOf(choice.parts, Photos()).expected; };
    const auto cost = [&](const Choice& choice) {
      return CostOf(choice, choice.hourly, Photos(), assumed_).expected;
    };
    double cheapest = std::numeric_limits<double>::infinity();
    for (const Choice& choice : choices) {
      if (IsInTime(choice)) cheapest = std::min(cheapest, cost(choice));
    }
    const bool none = std::isinf(cheapest);
    const auto is_fine = [&](const Choice& choice) {
      return none || (IsInTime(choice) && cost(choice) <= cheapest * kDearerIsFine);
    };
    return *std::ranges::min_element(choices, {}, [&](const Choice& choice) {
      return is_fine(choice) ? seconds(choice) : std::numeric_limits<double>::infinity();
    });
  }

  void Describe(const Choice& choice, Offer& offer) const {
    offer.type = choice.type->name;
    offer.master = choice.master ? choice.master->name : "";
    offer.region = choice.type->region;
    offer.workers = choice.workers;
    offer.verified = choice.verified;
    offer.in_time = IsInTime(choice);
    offer.seconds = SecondsOf(choice.parts, Photos());
    offer.cost = CostOf(choice, choice.hourly, Photos(), assumed_);
    if (choice.spot_hourly) offer.spot_cost = CostOf(choice, *choice.spot_hourly, Photos(), assumed_);
    offer.million_seconds = SecondsOf(choice.parts, kMillion);
    offer.million_cost = CostOf(choice, choice.hourly, kMillion, assumed_);
  }

  const ForecastQuestion& question_;
  const Assumptions& assumed_;
};

// int8 where it was measured, for then it is installed; else the first.
std::string PrecisionToRecommend(const std::vector<PhotoCost>& costs) {
  for (const PhotoCost& cost : costs) {
    if (cost.measured && cost.precision == "int8") return "int8";
  }
  return costs.empty() ? "" : costs.front().precision;
}

// Why no set-up can be. "": one can.
std::string ProblemOfAll(const std::vector<Offer>& offers, std::string_view precision) {
  std::string problems;
  for (const Offer& offer : offers) {
    if (offer.precision != precision) continue;
    if (offer.problem.empty()) return "";
    problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", ToString(offer.setup), offer.problem);
  }
  return problems;
}

void Recommend(const ForecastQuestion& question, Forecast& forecast) {
  const std::string precision = PrecisionToRecommend(question.costs);
  if (const std::string problem = ProblemOfAll(forecast.offers, precision); !problem.empty()) {
    forecast.reason = fmt::format("no set-up can take these photos in {}: {}", precision, problem);
    return;
  }
  const auto can_be = [&](const Offer& offer) {
    return offer.precision == precision && offer.problem.empty();
  };
  const bool some_in_time = std::ranges::any_of(
      forecast.offers, [&](const Offer& offer) { return can_be(offer) && offer.in_time; });
  // Where nobody set a deadline, slow is better than nothing.
  const bool only_in_time = some_in_time || question.deadline_seconds;
  for (std::size_t i = 0; i < forecast.offers.size(); ++i) {
    const Offer& offer = forecast.offers[i];
    if (!can_be(offer) || (only_in_time && !offer.in_time)) continue;
    const auto& best = forecast.recommended;
    // Earlier ones are simpler.
    if (!best || offer.cost.expected * kDearerIsFine < forecast.offers[*best].cost.expected)
      forecast.recommended = i;
  }
  const std::string when = question.deadline_seconds
                               ? std::string("within the deadline")
                               : fmt::format("within {:g} hours", question.assumptions.soft_deadline_hours);
  const std::string_view alike = "those that cost about as much";
  if (!forecast.recommended)
    forecast.reason = fmt::format("nothing in {} is done {}", precision, when);
  else if (some_in_time)
    forecast.reason =
        fmt::format("the cheapest in {} {}, or the simplest and fastest of {}", precision, when, alike);
  else
    forecast.reason = fmt::format(
        "none is done {}; of the fastest of each set-up in {} the cheapest, or the simplest of {}", when,
        precision, alike);
}

}  // namespace

std::string_view ToString(SetUp setup) {
  switch (setup) {
    case SetUp::kOneMachine:
      return "one machine";
    case SetUp::kStandalone:
      return "Spark standalone";
    case SetUp::kEmr:
      break;
  }
  return "EMR";
}

Machine ThisMachine() {
  return {.cpus = UsableCpus(), .threads_per_core = ThreadsPerCore(), .isa = IsaName(AllowedCpu())};
}

std::optional<double> ShareOfBusyMachine(const ForecastQuestion& question) {
  std::optional<double> least;
  const int cpus = std::max(1, question.here.cpus);
  for (const PhotoCost& cost : question.costs) {
    const bool is_filled = cost.is_steady && cost.photos >= static_cast<std::uint64_t>(cpus) * kPhotosACpu;
    const bool waits = cost.read_seconds / kReadersHere > kReadersBusy * cost.photo_seconds;
    const double share = cost.CpuShare(cpus);
    if (!question.reads_files || !cost.measured || !is_filled || waits || share >= kBusyShare) continue;
    least = std::min(share, least.value_or(share));
  }
  return least;
}

PhotoCost AssumeInt8(const PhotoCost& f32, const Machine& here, std::string reason) {
  PhotoCost int8 = f32;
  int8.precision = "int8";
  int8.measured = false;
  int8.reason = std::move(reason);
  const double gain = NetworkSpeed(here.isa, "int8") / std::max(1e-9, NetworkSpeed(here.isa, "f32"));
  const double left = f32.network_share / std::max(1.0, gain) + 1 - f32.network_share;
  int8.core_seconds *= left;
  int8.photo_seconds *= left;
  int8.network_share = 1 - (1 - f32.network_share) / left;
  return int8;
}

Forecast MakeForecast(const ForecastQuestion& question) {
  Forecast forecast;
  const Planner planner(question);
  for (const SetUp setup : question.setups) {
    for (const PhotoCost& cost : question.costs) forecast.offers.push_back(planner.Best(setup, cost));
  }
  Recommend(question, forecast);
  return forecast;
}

}  // namespace fruits
