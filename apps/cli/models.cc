#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <memory>
#include <string>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/try.h"
#include "fruits/model/model_store.h"
#include "not_empty.h"
#include "python_command.h"
#include "speak.h"

namespace fruits::cli {
namespace {

// With the store that --models names, or the first error.
int WithStore(const std::string& models, const std::function<Result<int>(const ModelStore&)>& use) {
  Storage storage;
  const auto store = ModelStore::Open(storage, StoreDirectory(models), WorkingDirectory());
  if (!store) return Complain(store.error());
  const Result<int> code = use(*store);
  return code ? *code : Complain(code.error());
}

Result<int> ListModels(const ModelStore& store) {
  FRUITS_TRY(const auto listed, store.List());
  if (listed.empty())
    Say("fruits: no models in {}; try: fruits models import efficientnet-lite0", store.address());
  int code = kDone;
  for (const auto& [name, bundle] : listed) {
    if (!bundle) {
      code = Complain(bundle.error().WithContext(name));
      continue;
    }
    Print("{}\t{}x{}\t{}\t{}", name, bundle->input_width, bundle->input_height, bundle->dimension,
          ToString(bundle->precision));
  }
  return code;
}

Result<int> ShowModel(const ModelStore& store, const std::string& name) {
  FRUITS_TRY(const Bundle bundle, store.Find(name));
  const char* channels = bundle.color_order == ColorOrder::kRgb ? "RGB" : "BGR";
  Print("name        {}\nversion     {}\nfolder      {}", bundle.name, bundle.version, bundle.directory);
  Print("input       {}x{} {}, minus ({}), divided by ({}), resized by {}", bundle.input_width,
        bundle.input_height, channels, fmt::join(bundle.mean, ", "), fmt::join(bundle.scale, ", "),
        ToString(bundle.resize_filter));
  Print("features    {}\nclasses     {}\nprecision   {}", bundle.dimension, bundle.classes.size(),
        ToString(bundle.precision));
  if (!bundle.isa.empty()) Print("isa         {}", bundle.isa);
  if (const auto& from = bundle.quantized_from) {
    Print("quality     cosine {:.4f} to f32, {} (see quality.md)", from->cosine, DescribeAccuracy(*from));
  }
  Print("source      {}\nlicence     {}", bundle.source, bundle.licence);
  for (const auto& [file, digest] : bundle.sha256) Print("sha256      {}  {}", digest, file);
  return kDone;
}

Result<int> VerifyModels(const ModelStore& store, const std::string& name) {
  int code = kDone;
  const auto verify = [&](const Result<Bundle>& bundle, const std::string& label) {
    const Status status = bundle ? store.Verify(*bundle) : Status(std::unexpected(bundle.error()));
    if (status)
      Print("{}\tok", label);
    else
      code = Complain(status.error().WithContext(label));
  };
  if (!name.empty()) {
    verify(store.Find(name), name);
    return code;
  }
  FRUITS_TRY(const auto all, store.List());
  if (all.empty())
    return Fail(ErrorCode::kNotFound, fmt::format("no models in {}: nothing to verify", store.address()));
  for (const auto& listed : all) verify(listed.bundle, listed.name);
  return code;
}

// What follows goes to Python as it is.
void AddPython(CLI::App& models, const std::string& name, const std::string& help, int& exit_code) {
  CLI::App* command = models.add_subcommand(name, help);
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, name, &exit_code] {
    std::vector<std::string> arguments = {"models", name};
    const auto rest = command->remaining();
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    exit_code = BecomePython(arguments);
  });
}

}  // namespace

void AddModels(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("models", "list, show, verify, import, pull and quantize models");
  command->footer(
      "Examples:\n"
      "  fruits models import efficientnet-lite0\n"
      "  fruits models import resnet50 resnet50_weights_tf_dim_ordering_tf_kernels.h5\n"
      "  fruits models quantize resnet50 --calibration photos\n"
      "  fruits models verify\n"
      "  fruits models list --models s3://bucket/models\n"
      "import, pull and quantize write to a local store; a bundle's folder is copied to a bucket as it is.");
  command->require_subcommand(1);
  const auto store = std::make_shared<std::string>();
  const auto name = std::make_shared<std::string>();
  const auto add = [&](const char* sub, const char* help) {
    CLI::App* added = command->add_subcommand(sub, help);
    added->add_option("--models", *store, kModelsHelp)->check(NotEmpty(kModelsExpected))->type_name("URI");
    return added;
  };
  add("list", "the models of the store: name, input, features, precision")->callback([store, &exit_code] {
    exit_code = WithStore(*store, ListModels);
  });
  CLI::App* show = add("show", "what is known of one model");
  show->add_option("NAME", *name, "a model of the store, or a bundle folder, also on s3://")->required();
  show->callback([store, name, &exit_code] {
    exit_code = WithStore(*store, [&](const ModelStore& opened) { return ShowModel(opened, *name); });
  });
  CLI::App* verify = add("verify", "check the files of one or all models against their digests");
  verify->add_option("NAME", *name, "a model of the store; all when left out")
      ->check(NotEmpty("a model of the store"));
  verify->callback([store, name, &exit_code] {
    exit_code = WithStore(*store, [&](const ModelStore& opened) { return VerifyModels(opened, *name); });
  });
  AddPython(*command, "import", "build a bundle from a file of weights, or from an installed package",
            exit_code);
  AddPython(*command, "pull", "download a known model, check it, and import it", exit_code);
  AddPython(*command, "quantize", "make an int8 model of an f32 one, and say what it costs", exit_code);
}

}  // namespace fruits::cli
