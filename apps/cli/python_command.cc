#include "python_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "environment.h"
#include "exit_code.h"
#include "speak.h"

namespace fruits::cli {

int BecomePython(const std::vector<std::string>& arguments) {
  const std::string python = PythonInterpreter();
  if (python.empty()) {
    Say("fruits: this command needs Python: install the fruits package into an environment (pip "
        "install fruits) and use "
        "its fruits, or set FRUITS_PYTHON to an interpreter that has it");
    return kFailed;
  }
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
