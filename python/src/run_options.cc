#include "run_options.h"

#include "fruits/core/try.h"

namespace fruits::python {

Result<RunOptions> OptionsFrom(const OptionTexts& texts) {
  RunOptions options;
  for (const auto& [name, text] : texts) {
    if (name == "input") {
      options.inputs.push_back(text);
    } else if (name == "output") {
      options.output = text;
    } else if (name == "models") {
      options.models = text;
    } else if (name == "cache_directory") {
      options.cache_directory = text;
    } else if (name == "working_directory") {
      options.working_directory = text;
    } else {
      FRUITS_CHECK(SetOption(options, name, text));
    }
  }
  return options;
}

}  // namespace fruits::python
