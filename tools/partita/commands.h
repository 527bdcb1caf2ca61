// The verbs of the partita command, one file each.
#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "tools/partita/command_app.h"

namespace partita::command {

// Exit codes of the command.
constexpr int kDone = 0;
constexpr int kNo = 1;           // a true negative answer: no plan exists
constexpr int kBadInput = 2;     // what the user wrote is wrong
constexpr int kEnvironment = 3;  // something around us failed

// What a verb does once its options are parsed; the exit code.
using Run = std::function<int()>;

// Each adds the options of its verb to `app` and gives what to run.
Run add_check(CLI::App& app);
Run add_analyze(CLI::App& app);
Run add_profile(CLI::App& app);
Run add_table(CLI::App& app);
Run add_train(CLI::App& app);
Run add_predict(CLI::App& app);
Run add_partition(CLI::App& app);
Run add_simulate(CLI::App& app);
Run add_replay(CLI::App& app);
Run add_calibrate(CLI::App& app);
Run add_exits(CLI::App& app);
Run add_values(CLI::App& app);
Run add_runtime(CLI::App& app);
Run add_sweep(CLI::App& app);
Run add_results(CLI::App& app);
Run add_evaluate(CLI::App& app);
Run add_sensitivity(CLI::App& app);
Run add_break_even(CLI::App& app);
Run add_design(CLI::App& app);
Run add_report(CLI::App& app);
Run add_plot(CLI::App& app);
Run add_demo(CLI::App& app);

struct Command {
  std::string_view name, description, example;
  Run (*add)(CLI::App&);
  bool is_hidden = false;  // from --help: for programs, not for people
};

// Every verb there is, in the order of the flow.
inline constexpr std::array kCommands{
    Command{"demo",
            "the main job, end to end: profile, partition, simulate, replay, calibrate, adapt",
            "partita demo --model zoo:inception_v1 --out partita-out", add_demo},
    Command{"check", "what was understood of a machine or a network, and what follows from it",
            "partita check hw_configs/dgx_h100.yaml\n"
            "  partita check 'zoo:resnet50?batch=8' --write-onnx resnet50.onnx",
            add_check},
    Command{"analyze", "what is in an input, as numbers: size, entropy, sparsity, edges, tokens",
            "partita analyze photo.jpg\n"
            "  partita analyze activations.npy --sample 0.01\n"
            "  partita analyze frames/*.png --csv features.csv --stream",
            add_analyze},
    Command{
        "profile",
        "measure the layers of networks on this computer, copies, and what processors do to "
        "each other",
        "partita profile --model zoo:inception_v1 --out profile.csv --machine-out machine.yaml\n"
        "  partita profile --model zoo:resnet50 --model zoo:bert --budget 120 --out "
        "profile.csv",
        add_profile},
    Command{"table", "what stands in profiles; several of them as one",
            "partita table monday.csv tuesday.csv --out profile.csv\n"
            "  partita table --import times.csv --map experiments/predict/maps/by_name.yaml\n"
            "      --model zoo:resnet50 --out profile.csv",
            add_table},
    Command{
        "train", "learn how long layers take from measured ones, ours or those of others",
        "partita train --profile profile.csv --model zoo:inception_v1 --machine machine.yaml\n"
        "      --out model.json\n"
        "  partita train --profile A100.csv V100.csv --map experiments/predict/maps/neusight.yaml\n"
        "      --devices device_configs --out model.json",
        add_train},
    Command{"predict", "the cost table: layer x processor -> time, with its source",
            "partita predict --model zoo:resnet50 --machine hw_configs/laptop.yaml\n"
            "  partita predict --model zoo:resnet50 --machine machine.yaml --learned model.json\n"
            "      --explain Conv_0",
            add_predict},
    Command{
        "partition", "choose a plan; also its lower bound and the gap to it",
        "partita partition --model zoo:inception_v1 --machine machine.yaml --profile profile.csv\n"
        "      --method annealing --out plan.json\n"
        "  partita partition --model zoo:bert --machine hw_configs/jetson_orin.yaml\n"
        "      --objective latency=1,energy=0.5 --explain\n"
        "  partita partition --model zoo:resnet50 --machine hw_configs/laptop.yaml\n"
        "      --pin 'conv1*=cpu' --together 'layer1*' --contiguous --max-share cpu=30%\n"
        "  partita partition --model zoo:resnet50 --machine hw_configs/laptop.yaml\n"
        "      --constraints constraints.yaml --limit energy='2 J'\n"
        "  partita partition --model zoo:unet --machine hw_configs/jetson_orin.yaml\n"
        "      --pareto latency,energy --plans front --figure front.pdf\n"
        "  partita partition --model zoo:inception_v1 --machine machine.yaml --profile "
        "profile.csv\n"
        "      --uncertainty 10% --robust p95 --samples 64",
        add_partition},
    Command{
        "simulate",
        "run a plan on the SystemC model of a machine; where its time goes, and what would save "
        "some",
        "partita simulate --model zoo:inception_v1 --machine machine.yaml --profile profile.csv\n"
        "      --plan plan.json --out simulated.json --analysis analysis.json --trace trace.json\n"
        "  partita simulate --model zoo:resnet50 --machine machine.yaml --plan plan.json\n"
        "      --requests 1000 --arrivals 'poisson 500/s' --in-flight 4 --out requests.json",
        add_simulate},
    Command{"replay", "run a plan for real on the worker processes of this computer",
            "partita replay --model zoo:inception_v1 --machine machine.yaml --plan plan.json\n"
            "      --out measured.json",
            add_replay},
    Command{
        "calibrate", "fit a machine file to replays, so that its simulation matches them",
        "partita calibrate --model zoo:inception_v1 --machine machine.yaml --profile profile.csv\n"
        "      --fit plan.json=measured.json --out calibrated.yaml\n"
        "  partita calibrate --exam exam --what-if",
        add_calibrate},
    Command{"values",
            "do the values of inputs matter for the time of a plan? With a control that says no",
            "partita values --model zoo:resnet18 --machine machine.yaml --plan plan.json\n"
            "      --inputs inputs.npy\n"
            "  partita values --table costs.csv",
            add_values},
    Command{"exits",
            "a network that may be left early: where its inputs will leave, what that saves, and "
            "whether their values matter at all",
            "partita exits --model early_exit.onnx --exits logits1,logits2,logits3\n"
            "      --features features1,features2 --learn-from learn.npy --judge-by judge.npy",
            add_exits},
    Command{"runtime",
            "requests that arrive while conditions change: who decides when to switch to another "
            "plan, simulated or real",
            "partita runtime --scenario experiments/runtime/scenarios/slow_5x.yaml\n"
            "  partita runtime --scenario experiments/runtime/scenarios/here_killed.yaml --real\n"
            "      --policy ours,static --out service.json",
            add_runtime},
    Command{"sweep",
            "many points of one question: a verb with other values each time, computed at once, "
            "kept in a database",
            "partita sweep experiments/first_sweep.yaml --out results.db\n"
            "  partita sweep bandwidth.yaml --out results.db --resume --jobs 2",
            add_sweep},
    Command{"results", "what sweeps have found: lists, tables, comparisons",
            "partita results results.db --where 'method=auto' --sort predicted_ps --limit 10\n"
            "  partita results results.db --export results.csv\n"
            "  partita results merge monday.db tuesday.db --out both.db",
            add_results},
    Command{"sensitivity", "which number of a sweep matters most: tornado, Morris, Sobol",
            "partita sensitivity npu.yaml --figure tornado.pdf\n"
            "  partita sensitivity npu.yaml --method sobol --points 2000 --of energy_nj",
            add_sensitivity},
    Command{"break-even", "from where on one alternative of a sweep pays, with its certainty",
            "partita break-even nvlink.yaml --along machine.links.nvlink.bandwidth --between plan\n"
            "  partita break-even nvlink.yaml --along machine.links.nvlink.bandwidth\n"
            "      --between method=single,auto --at model=zoo:bert --tolerance 0.1%",
            add_break_even},
    Command{"design", "the cheapest machine of a sweep that reaches goals, each with its own plan",
            "partita design edge_box.yaml --figure front.pdf\n"
            "  partita design edge_box.yaml --method evolve --points 2000 --seed 2",
            add_design},
    Command{"report",
            "one page of results for any browser: the answer, plots, tables, machine, timelines",
            "partita report results.db -o report.html\n"
            "  partita report results.db --replay-best -o report.html --pdf report.pdf\n"
            "  partita report partita-out -o report.html\n"
            "  partita report simulated.json measured.json analysis.json machine.yaml -o run.html",
            add_report},
    Command{"plot", "figures from timelines and summaries",
            "partita plot gantt simulated.json measured.json --out gantt.pdf\n"
            "  partita plot sweep results.db --x machine.links.nvlink.bandwidth --by method --out "
            "a.pdf",
            add_plot},
    Command{"evaluate", "points of sweeps, as lines of JSON from stdin to stdout",
            "partita evaluate --files DIR", add_evaluate, /*is_hidden=*/true},
};

}  // namespace partita::command
