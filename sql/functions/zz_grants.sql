-- grants: last of all files.  Nobody may call our functions but the programs' role, and that one not what only other functions call.
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT p.oid::regprocedure AS name, p.proname FROM pg_proc p WHERE p.pronamespace = 'tyboo'::regnamespace LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.name);
		IF f.proname NOT IN ('ensure_partition', 'save_payloads', 'save_pieces', 'end_children', 'wake_callers', 'settle_callers',
			'start_error_workflows', 'cancel_children', 'calls_have_ended', 'state_room', 'next_state_version', 'write_state', 'add_to_state',
			'list_state', 'apply_state', 'done_before', 'see_state', 'see_greatest', 'apply_seen', 'keep_static', 'hook_keys_turn') THEN
			EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tyboo_app', f.name);
		END IF;
	END LOOP;
END $$;
