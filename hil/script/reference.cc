// docs/steps.md, from the same declarations that scripts are read by.
#include "hil/script/script.h"

namespace hil::script {
namespace {

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string type_cell(const Argument& argument) {
  if (argument.choices.empty()) return std::string(type_name(argument.type));
  std::string list;
  for (const std::string_view choice : argument.choices)
    list += (list.empty() ? "`" : ", `") + std::string(choice) + "`";
  return (argument.type == Type::kChoices ? "several of " : "one of ") + list;
}

void rows(const std::vector<Argument>& arguments, const std::string& prefix, std::string& out) {
  for (const Argument& argument : arguments) {
    const std::string name = prefix + std::string(argument.name);
    std::string otherwise = argument.required ? "required"
                            : argument.fallback.empty()
                                ? ""
                                : "`" + std::string(argument.fallback) + "`";
    out += "| `" + name + "` | " + type_cell(argument) + " | " + otherwise + " | " +
           cell(argument.about) + " |\n";
    const bool list = argument.type == Type::kObjects;
    rows(argument.fields, name + (list ? "[]." : "."), out);
  }
}

std::string table(std::span<const Argument> arguments) {
  std::string out = "\n| Key | Is | Otherwise | Meaning |\n|---|---|---|---|\n";
  rows({arguments.begin(), arguments.end()}, "", out);
  return out;
}

std::string form_text(const Kind& kind, const Form& form) {
  std::string out = "\n";
  if (kind.forms.size() > 1)
    out +=
        "### `" + std::string(kind.name) + ": " +
        (form.arguments.empty() ? std::string(form.head) : "{" + std::string(form.head) + ": …}") +
        "`\n\n";
  out += std::string(form.about) + "\n";
  if (form.needs) out += "Needs: " + port_names(form.needs) + ".\n";
  out += "\n```yaml\n- " + std::string(form.example) + "\n```\n";
  if (!form.arguments.empty()) out += table(form.arguments);
  return out;
}

}  // namespace

std::string reference(std::span<const Kind> kinds) {
  std::string out =
      "# Steps\n\n"
      "Made by `hil steps` from the declarations that scripts are read by; do not edit.\n"
      "How scripts work as a whole stands in [scripts.md](scripts.md).\n\n"
      "Quantities carry their unit: durations `ns`, `us`, `ms`, `s`, `min`; sizes `B`, `KiB`, "
      "`MiB`, `GiB`.\n"
      "Regular expressions are RE2's, searched for in each line of the console, as bytes.\n\n"
      "## At the top of a script\n";
  out += table(script_keys());
  out += "\n## Beside a step's kind\n";
  out += table(entry_keys());
  out += "\n## What a bench can have\n\n| Name | Meaning |\n|---|---|\n";
  for (const PortName& port : kPorts)
    out += "| `" + std::string(port.name) + "` | " + std::string(port.about) + " |\n";
  for (const Kind& kind : kinds) {
    out += "\n## `" + std::string(kind.name) + "`\n\n" + std::string(kind.about) + "\n";
    for (const Form& form : kind.forms) out += form_text(kind, form);
  }
  return out;
}

}  // namespace hil::script
