import { template } from './template';

/** An hr.employee as in `pull-event-hr.employee-private-fields`. */
export const HR_EMPLOYEE = template({
  no: `lang notes sinid gender barcode id_card visa_no birthday image_128 image_256 image_512 job_title permit_no
    image_1024 image_1920 certificate is_flexible passport_id private_zip study_field visa_expire mobile_phone
    private_city study_school private_email departure_date place_of_birth additional_note driving_license
    emergency_phone has_work_permit private_street2 spouse_birthdate emergency_contact identification_id
    is_fully_flexible private_car_plate filter_for_expense employee_properties spouse_complete_name
    departure_description work_permit_expiration_date work_permit_scheduled_activity`,
  none: `job_id user_id coach_id parent_id country_id department_id bank_account_id country_of_birth private_state_id
    work_location_id expense_manager_id private_country_id departure_reason_id message_main_attachment_id`,
  lists: `child_ids skill_ids category_ids resume_line_ids employee_skill_ids website_message_ids`,
  values: {
    pin: '1234',
    name: 'Nadia Example',
    color: 0,
    ssnid: '000-00-0000',
    active: true,
    marital: 'single',
    children: 0,
    address_id: { id: 1, name: 'My Company (San Francisco)' },
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    work_email: 'nadia@example.test',
    work_phone: '+1 555-555-5556',
    resource_id: { id: 21, name: 'Nadia Example' },
    km_home_work: 0,
    employee_type: 'employee',
    private_phone: '+1 555-0111',
    private_street: '2 Sample St',
    work_contact_id: { id: 125, name: 'Nadia Example' },
    distance_home_work: 0,
    resource_calendar_id: { id: 1, name: 'Standard 40 hours/week' },
    distance_home_work_unit: 'kilometers',
  },
});
