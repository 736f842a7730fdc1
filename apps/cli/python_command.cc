#include "python_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "environment.h"
#include "exit_code.h"
#include "speak.h"

namespace fruits::cli {

bool FindPython(std::string_view who) {
  if (!PythonInterpreter().empty()) return true;
  Say("fruits: {} needs Python: install the fruits package into an environment (pip install its wheel, "
      "docs/python.md) and use its fruits, or set FRUITS_PYTHON to an interpreter that has it",
      who);
  return false;
}

int BecomePython(const std::vector<std::string>& arguments) {
  if (!FindPython("this command")) return kFailed;
  const std::string python = PythonInterpreter();
  std::vector<std::string> all = {python, "-m", "fruits.cli"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(python.c_str(), argv.data());
  Say("fruits: {}: {}", python, std::strerror(errno));
  return kFailed;
}

}  // namespace fruits::cli
