// How many components a fit keeps: the one rule of Pca and WidePca.
#pragma once

#include <cstddef>
#include <span>

#include "fruits/core/error.h"
#include "fruits/stats/pca.h"

namespace fruits {

// What can be refused before any work. kInvalidArgument, naming the option and min(rows - 1, columns).
Status CheckPcaOptions(const PcaOptions& options, std::size_t rows, std::size_t columns);

// K for checked options; values are all eigenvalues that can be above 0, largest first.
std::size_t ComponentCount(const PcaOptions& options, std::span<const double> values, double total_variance,
                           std::size_t rows, std::size_t columns);

}  // namespace fruits
