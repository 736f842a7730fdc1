// The sub-commands, one file each: every function adds its command, whose callback puts the exit code into
// `exit_code`.
#pragma once

#include <CLI/CLI.hpp>

namespace fruits::cli {

void AddRun(CLI::App& app, int& exit_code);
void AddExtract(CLI::App& app, int& exit_code);
void AddFit(CLI::App& app, int& exit_code);
void AddProject(CLI::App& app, int& exit_code);
void AddCompare(CLI::App& app, int& exit_code);
void AddPlan(CLI::App& app, int& exit_code);
void AddReport(CLI::App& app, int& exit_code);
void AddModels(CLI::App& app, int& exit_code);
void AddSamples(CLI::App& app, int& exit_code);
void AddStatus(CLI::App& app, int& exit_code);
void AddClean(CLI::App& app, int& exit_code);
void AddDoctor(CLI::App& app, int& exit_code);

}  // namespace fruits::cli
