// What `fruits plan` found, for people and for programs.
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fruits/forecast/forecast.h"

namespace fruits::cli {

struct PlanReport {
  std::vector<std::string> inputs;
  ForecastQuestion question;
  Forecast forecast;
  std::string cpu;            // of this machine
  std::string prices;         // the table's file
  double price_per_hour = 0;  // of this machine; 0: not told
};

// What makes the machines of an offer of EMR; "" for other offers.
std::string UpCommand(const Offer& offer);
// What spoils the measurement, as a sentence without its full stop; "" where nothing does.
std::string Warning(const ForecastQuestion& question);

std::string PlanText(const PlanReport& report);
std::string PlanJson(const PlanReport& report);

// "2h", "90m", "45s", "1.5d". None: anything else, and what is not above 0.
std::optional<double> ParseDuration(const std::string& text);

}  // namespace fruits::cli
