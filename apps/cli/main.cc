// fruits: photos to CNN features, a fitted scaler and PCA, tables and pictures.

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/version.h"
#include "speak.h"

namespace {

int RefuseUsage(const std::string& message) {
  using namespace fruits::cli;
  const int code = Complain(fruits::Error(fruits::ErrorCode::kInvalidArgument, message));
  if (!LogsJson()) Say("Try: fruits --help");
  return code;
}

// Before anything is said, what cannot be parsed included.
bool WantsJson(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--log-format=json") return true;
    if (argument == "--log-format" && i + 1 < argc && std::string_view(argv[i + 1]) == "json") return true;
  }
  return false;
}

// CLI11 takes it for --speed alone, and so it would measure the default model.
bool SpeedsNothing(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "doctor") return false;
  return std::any_of(argv + 2, argv + argc, [](std::string_view word) { return word == "--speed="; });
}

int Main(int argc, char** argv) {
  using namespace fruits::cli;
  CLI::App app("Fruits: photos to CNN features, a fitted scaler and PCA, tables and pictures.", "fruits");
  app.set_version_flag("--version", fmt::format("fruits {}", fruits::Version()));
  app.require_subcommand(1);
  app.footer(
      "Start here:\n"
      "  fruits samples photos             render a folder of fruit\n"
      "  fruits run photos -o results      the whole chain\n"
      "  fruits COMMAND --help             options and examples\n"
      "Exit codes: 0 done, 1 failed (the same command goes on), 2 wrong usage, 3 done but too many rejected, "
      "130 interrupted.");
  if (WantsJson(argc, argv)) LogAsJson();
  int exit_code = kDone;
  AddRun(app, exit_code);
  AddExtract(app, exit_code);
  AddFit(app, exit_code);
  AddProject(app, exit_code);
  AddCompare(app, exit_code);
  AddPlan(app, exit_code);
  AddReport(app, exit_code);
  AddModels(app, exit_code);
  AddSamples(app, exit_code);
  AddStatus(app, exit_code);
  AddClean(app, exit_code);
  AddDoctor(app, exit_code);
  const auto is_named = [&](const CLI::App* command) { return command->check_name(argv[1]); };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(app.get_subcommands({}), is_named)) {
    return RefuseUsage(fmt::format("there is no command '{}'", argv[1]));
  }
  if (SpeedsNothing(argc, argv)) {
    return RefuseUsage("--speed=: expected a model's name, path or s3:// address after it");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (asked_for) return app.exit(error);
    return RefuseUsage(error.what());
  }
  return exit_code;
}

}  // namespace

// A closed standard stream would lend its number to the next file that is opened, and get our prints into it.
void OpenStandardStreams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF) (void)open("/dev/null", O_RDWR);
  }
  signal(SIGPIPE, SIG_IGN);  // a reader that has seen enough is no reason to lose work
}

void KeepHeapsSmall() {
#ifdef M_MMAP_THRESHOLD
  // A buffer of this size and more is mapped, and so goes back to the system when it is freed. By default the
  // size grows with what was freed, the heaps keep the buffers of a part, and the peak of a long run is 14 MB
  // higher.
  (void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
#ifdef M_ARENA_MAX
  // Small blocks wander between the stages' threads, and many heaps keep what each has freed.
  (void)mallopt(M_ARENA_MAX, 2);
#endif
}

// The Java machine that an hdfs:// address starts in this process would take the signals that end a run, and
// as much as a quarter of the machine's memory. Later words win, so the user's own go last.
void TameJava() {
  const std::string own = fruits::cli::Variable("LIBHDFS_OPTS");
  setenv("LIBHDFS_OPTS", ("-Xrs -Xmx512m " + own).c_str(), 1);
}

int main(int argc, char** argv) {
  OpenStandardStreams();
  KeepHeapsSmall();
  TameJava();
  try {
    const int code = Main(argc, argv);
    const bool told = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!told) fruits::cli::Say("fruits: stdout: the result could not be written there");
    return told || code != fruits::cli::kDone ? code : fruits::cli::kFailed;
  } catch (const std::exception& error) {
    fruits::cli::Say("fruits: {}", error.what());
    return fruits::cli::kFailed;
  }
}
