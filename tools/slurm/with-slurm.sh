#!/usr/bin/env bash
# Runs a command beside a Slurm of its own on this machine (munged, slurmctld, slurmd of Debian's slurm-wlm and munge), which knows two nodes and keeps everything in a
# temporary folder:
#   tools/slurm/with-slurm.sh COMMAND...
# The command finds SLURM_CONF, and SLURM_RESTART_CONTROLLER: a program that stops the controller at once and starts it again. Ends with the command's exit code, or
# with 77 where the daemons cannot be had or do not start; the reason is on standard error.
set -uo pipefail

skip() {
  echo "slurm: $1" >&2
  exit 77
}
PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch scontrol; do
  command -v "$program" >/dev/null || skip "$program is not installed (apt-get install slurm-wlm munge)"
done
[ "$(id -u)" = 0 ] || skip 'the daemons of this test are started as root'

folder=$(mktemp -d "${TMPDIR:-/tmp}/basinlab-slurm-XXXXXX")
chmod 755 "$folder"
pids=()
stop() {
  for pid in "${pids[@]}" $(cat "$folder"/slurmctld.pid 2>/dev/null); do kill "$pid" 2>/dev/null; done
  # A controller that was restarted is no child of ours.
  for _ in $(seq 50); do
    alive=0
    for pid in "${pids[@]}" $(cat "$folder"/slurmctld.pid 2>/dev/null); do kill -0 "$pid" 2>/dev/null && alive=1; done
    [ "$alive" = 0 ] && break
    sleep 0.1
  done
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Five ports in a row that nobody listens on.
port=$(node -e 'const s=require("net").createServer().listen(0,()=>{console.log(s.address().port-7);s.close()})')
host=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=basinlab
SlurmctldHost=$host
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=5
MinJobAge=300
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=2000
NodeName=two NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=2000
PartitionName=test Nodes=one,two Default=YES MaxTime=60 DefaultTime=10 State=UP
CONF
mkdir "$folder/state"

head -c 128 /dev/urandom >"$folder/munge.key"
chmod 400 "$folder/munge.key"
munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munge.pid" \
  --seed-file="$folder/munge.seed" --log-file="$folder/munge.log" >"$folder/munged.out" 2>&1 &
pids+=($!)
for _ in $(seq 50); do [ -S "$folder/munge.socket" ] && break; sleep 0.1; done
[ -S "$folder/munge.socket" ] || skip "munged did not start: $(tail -n 3 "$folder/munged.out" "$folder/munge.log" 2>/dev/null | tr '\n' ' ')"

cat >"$folder/restart-controller" <<RESTART
#!/usr/bin/env bash
# Lets the controller write its state down and end, as for an update of its machine, waits, and starts another.
controller=\$(cat $folder/slurmctld.pid)
kill "\$controller" 2>/dev/null
while kill -0 "\$controller" 2>/dev/null; do sleep 0.1; done
sleep "\${1:-1}"
exec env PATH=\$PATH:/usr/sbin SLURM_CONF=$SLURM_CONF slurmctld
RESTART
chmod 755 "$folder/restart-controller"
export SLURM_RESTART_CONTROLLER=$folder/restart-controller
slurmctld >"$folder/slurmctld.out" 2>&1 || skip "slurmctld did not start: $(tail -n 3 "$folder/slurmctld.out" "$folder/slurmctld.log" 2>/dev/null | tr '\n' ' ')"
for node in one two; do
  slurmd -D -N "$node" >"$folder/slurmd-$node.out" 2>&1 &
  pids+=($!)
done
for _ in $(seq 150); do
  [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break
  sleep 0.1
done
[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] ||
  skip "the nodes did not come up: $(sinfo -R -h 2>&1 | head -n 2 | tr '\n' ' ') $(tail -n 3 "$folder"/slurmd-*.out "$folder"/slurmd-*.log 2>/dev/null | tr '\n' ' ')"

"$@"
code=$?
[ "$code" = 0 ] || [ -z "${BASINLAB_SLURM_LOGS:-}" ] || cp "$folder"/*.log "$BASINLAB_SLURM_LOGS"/
exit "$code"
