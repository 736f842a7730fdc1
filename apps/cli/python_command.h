// Commands that live in Python: `python -m fruits.cli ARGUMENTS` in place of this process.
#pragma once

#include <string>
#include <vector>

namespace fruits::cli {

// Does not return where the interpreter could be started; otherwise says what is missing and returns an exit
// code.
int BecomePython(const std::vector<std::string>& arguments);

}  // namespace fruits::cli
