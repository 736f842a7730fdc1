// Photo costs carried over to another machine.
// Threads: plain functions.
#pragma once

#include <string_view>

#include "fruits/forecast/forecast.h"

namespace fruits {

// In cores: the second thread of a core adds little.
double CoreUnits(int cpus, int threads_per_core, const Assumptions& assumptions);
// What a core of this instruction set computes of a network; 0: not in this arithmetic.
double NetworkSpeed(std::string_view isa, std::string_view precision);

// Seconds a photo with a whole machine of `type` at it: its cores, or its readers, or its network.
double PhotoSecondsOn(const InstanceType& type, const PhotoCost& cost, const ForecastQuestion& question);

// How far the truth may lie from it, as a share.
double SpeedRange(const InstanceType& type, const PhotoCost& cost, const ForecastQuestion& question);

}  // namespace fruits
