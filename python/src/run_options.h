// Options by name and text, as the command line has them: "batch_size", "8". A name may come again where the
// option is repeatable.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/pipeline/options.h"

namespace fruits::python {

using OptionTexts = std::vector<std::pair<std::string, std::string>>;

// Beside the option table's names: input (repeatable), output, models, cache_directory, working_directory.
// kInvalidArgument: no such option, or a value out of its range.
Result<RunOptions> OptionsFrom(const OptionTexts& texts);

}  // namespace fruits::python
