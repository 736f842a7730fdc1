// Commands that live in Python: `python -m fruits.cli ARGUMENTS` in place of this process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fruits::cli {

// Whether there is an interpreter; where there is none, says that `who` needs one.
bool FindPython(std::string_view who);

// Does not return where the interpreter could be started; otherwise says what is missing and returns an exit
// code.
int BecomePython(const std::vector<std::string>& arguments);

}  // namespace fruits::cli
